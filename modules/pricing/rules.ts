/** What an operator of the system may want otherwise. Times in milliseconds unless the name says so. */
export interface PricingRules {
  /** How long a ready quote stands. */
  quoteDays: number;
  /** A worker that has not renewed its lease for this long has lost the job. */
  leaseMs: number;
  heartbeatMs: number;
  reapMs: number;
  /** Runs that may end without a result before the job is set aside for a person. */
  attempts: number;
  /** Before a failed run is tried again, times the number of attempts. */
  pauseMs: number;
  /** Jobs of one tenant that may wait; more is answered with 429. Those of placed orders are always taken. */
  backlogPerTenant: number;
  /** Quotes of one tenant that may wait, also for one and the same model: a worker settles them together. */
  pendingQuotesPerTenant: number;
  /** Bytes that one tenant may upload within a day: a disk is filled sooner than a queue. */
  uploadBytesPerDay: number;
  /** Jobs that may wait in all; more is answered with 503. */
  backlog: number;
  /** A partner with this many jobs waiting submits in bulk: its next ones have the smallest weight. */
  bulkFrom: number;
  /** What one run of the kernel may take. */
  runMs: number;
  runMegabytes: number;
}

export const DEFAULT_RULES: PricingRules = {
  quoteDays: 14,
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  reapMs: 5_000,
  attempts: 5,
  pauseMs: 1_000,
  backlogPerTenant: 500,
  pendingQuotesPerTenant: 1_000,
  uploadBytesPerDay: 8 * 1024 ** 3,
  backlog: 20_000,
  bulkFrom: 50,
  runMs: 30_000,
  runMegabytes: 512,
};

export const LANES = ['interactive', 'partner', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

/** Shares of the workers while all three wait. */
export const WEIGHTS: Record<Lane, number> = { interactive: 8, partner: 4, bulk: 1 };
