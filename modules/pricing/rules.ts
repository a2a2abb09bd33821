import type { ModelFormat } from '#contracts/pricing';

/** What an operator of the system may want otherwise. Times in milliseconds unless the name says so. */
export interface PricingRules {
  /** How long a ready quote stands. */
  quoteDays: number;
  /** A worker that has not renewed its lease for this long has lost the job. */
  leaseMs: number;
  heartbeatMs: number;
  /** How often a worker says that it is there, and looks for jobs of those that are not. */
  reapMs: number;
  /** A worker that has not said so for this long is gone. With `reapMs` and a look: a killed one costs less than 10 s. */
  goneMs: number;
  /** Runs that may end without a result before the job is set aside for a person. */
  attempts: number;
  /** Before a failed run is tried again, times the number of attempts. */
  pauseMs: number;
  /** Jobs of one tenant that may wait; more is answered with 429. Those of placed orders are always taken. */
  backlogPerTenant: number;
  /** Quotes of one tenant that may wait, also for one and the same model. */
  pendingQuotesPerTenant: number;
  /** Bytes that one tenant may upload within a day: a disk is filled sooner than a queue. */
  uploadBytesPerDay: number;
  /** Jobs that may wait in all; more is answered with 503. */
  backlog: number;
  /** A partner with this many jobs waiting submits in bulk: its next ones have the smallest weight. */
  bulkFrom: number;
  /** A job that is expected to take longer is a long one. */
  longMs: number;
  /** While others wait, the share of all workers' threads that one tenant may hold for long jobs; one thread at least. */
  longShare: number;
  /** Quotes that are settled in one transaction when their model is measured. */
  settleBatch: number;
  /** CPU time of one run of the kernel. The clock may show three times as much: other work on the machine is not the file's fault. */
  runMs: number;
  /** What the conversion of a CAD file may take by the clock, before its mesh is measured. */
  convertMs: number;
  runMemory: MemoryRule;
  /** Days that things are kept. Reports, and quotes of orders, are kept for ever. */
  keepDays: {
    /** Quotes that nobody ordered, from their making; they have expired long before. */
    quotes: number;
    /** Cancelled jobs, and jobs of kernels that are no longer used. */
    jobs: number;
    /** Which events were seen: longer than any redelivery. */
    inbox: number;
    /** Uploads that no kept quote names. */
    files: number;
  };
}

/** Megabytes that a run may need: `base`, and so many for each megabyte of the file, at most `most`. */
export interface MemoryRule {
  base: number;
  perMegabyte: number;
  /** Of a compressed format: its megabytes hold more triangles. */
  perPackedMegabyte: number;
  most: number;
}

export const DEFAULT_RULES: PricingRules = {
  quoteDays: 14,
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  reapMs: 2_000,
  goneMs: 6_000,
  attempts: 5,
  pauseMs: 1_000,
  backlogPerTenant: 500,
  pendingQuotesPerTenant: 1_000,
  uploadBytesPerDay: 8 * 1024 ** 3,
  backlog: 20_000,
  bulkFrom: 50,
  longMs: 5_000,
  longShare: 0.75,
  settleBatch: 200,
  runMs: 10_000,
  convertMs: 120_000,
  // Measured: 5 MB for each megabyte of a binary STL of a million triangles, 2.7 at ten millions (1.4 GB).
  runMemory: { base: 384, perMegabyte: 8, perPackedMegabyte: 40, most: 2_560 },
  keepDays: { quotes: 180, jobs: 90, inbox: 30, files: 365 },
};

/** The rules under another lease: what tells of a silent worker keeps its share of it. */
export function withLease(rules: PricingRules, leaseMs: number): PricingRules {
  const heartbeatMs = leaseMs / 3;
  return {
    ...rules,
    leaseMs,
    heartbeatMs,
    reapMs: Math.min(rules.reapMs, heartbeatMs),
    goneMs: Math.min(rules.goneMs, leaseMs),
  };
}

const PACKED: ReadonlySet<ModelFormat | null> = new Set<ModelFormat>(['3mf', 'glb', 'gltf', 'step', '3dm']);

/** Megabytes that measuring a file may need. */
export function memoryFor(rule: MemoryRule, file: { bytes: number; format: ModelFormat | null }): number {
  const each = PACKED.has(file.format) ? rule.perPackedMegabyte : rule.perMegabyte;
  return Math.min(rule.most, rule.base + (each * file.bytes) / 1e6);
}

export const LANES = ['interactive', 'partner', 'bulk'] as const;
export type Lane = (typeof LANES)[number];

/** Shares of the workers while all three wait. */
export const WEIGHTS: Record<Lane, number> = { interactive: 8, partner: 4, bulk: 1 };
