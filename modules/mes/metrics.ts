import type { Metrics } from '#platform/telemetry';

export interface FloorMetrics {
  claimed(): void;
  /** `code` is the refusal's: taken, held, cap … */
  claimRefused(code: string): void;
  claimsExpired(count: number): void;
}

export function floorMetrics(metrics: Metrics): FloorMetrics {
  const claims = metrics.counter({
    name: 'mes_claims_total',
    help: 'Attempts to claim an operation, by how they ended',
    labelNames: ['outcome'],
  });
  return {
    claimed: () => claims.inc({ outcome: 'claimed' }),
    claimRefused: (code) => claims.inc({ outcome: code }),
    claimsExpired: (count) => claims.inc({ outcome: 'expired' }, count),
  };
}
