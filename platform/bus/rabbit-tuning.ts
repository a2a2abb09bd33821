/** How much at once. The defaults were measured: docs/decisions says how. */
export interface RabbitTuning {
  /** Events that the relay reads, sends and deletes together. */
  relayBatch: number;
  /** Batches of the relay that may wait for the broker at the same time. */
  relayAhead: number;
  /** Messages the broker hands to a consumer before they are acknowledged. */
  prefetch: number;
  /** Most events in one call of a handler. */
  batch: number;
  /** How long the first message of a batch waits for others, milliseconds. */
  gatherMs: number;
  /** Messages that a consumer's queue takes. */
  queueLength: number;
}

export const RABBIT_TUNING: RabbitTuning = {
  relayBatch: 200,
  relayAhead: 4,
  prefetch: 300,
  batch: 200,
  gatherMs: 3,
  queueLength: 2_000_000,
};
