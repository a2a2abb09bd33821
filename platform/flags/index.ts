import { type Client, type EvaluationContext, InMemoryProvider, OpenFeature } from '@openfeature/server-sdk';
import { FLAGS, type FlagKey } from '#contracts/flags';

export interface Flags {
  /** Whether the flag is on for this context (`targetingKey` names whom it is for). A provider in trouble: the default. */
  enabled(key: FlagKey, context?: EvaluationContext): Promise<boolean>;
}

let domains = 0;

/** Flags from memory: the table's defaults, changed by `overrides`. Keys that are not in the table throw. */
export function flags({ overrides = {} }: { overrides?: Readonly<Record<string, boolean>> } = {}): Flags {
  const unknown = Object.keys(overrides).filter((key) => !(key in FLAGS));
  if (unknown.length > 0) throw new Error(`No such flag: ${unknown.join(', ')}`);
  const entries = Object.entries(FLAGS).map(([key, flag]) => [key, inMemory(overrides[key] ?? flag.default)]);

  domains += 1;
  const domain = `forgeline-${domains}`;
  const ready = OpenFeature.setProviderAndWait(domain, new InMemoryProvider(Object.fromEntries(entries)));
  const fromMemory = fromClient(OpenFeature.getClient(domain));
  return {
    async enabled(key, context) {
      await ready;
      return fromMemory.enabled(key, context);
    },
  };
}

/** Flags of any OpenFeature provider, e.g. flagd in production. */
export function fromClient(client: Client): Flags {
  return { enabled: (key, context) => client.getBooleanValue(key, FLAGS[key].default, context) };
}

function inMemory(on: boolean) {
  return { variants: { on: true, off: false }, defaultVariant: on ? 'on' : 'off', disabled: false };
}
