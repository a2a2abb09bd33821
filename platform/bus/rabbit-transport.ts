import type { Transport } from './contract.ts';
export function rabbitTransport(_options: { url: string }): Transport {
  throw new Error('soon');
}
