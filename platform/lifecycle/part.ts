/**
 * A part of the process with a life of its own: a server, a projector, a pool of workers.
 *
 * new ──start()──▶ running ──stop()──▶ stopped
 *
 * `start` resolves when the part can do its work; `stop` resolves when nothing of it is left running.
 * Either may reject: the process then ends and names the part.
 */
export interface Part {
  readonly name: string;
  start?(): Promise<void>;
  stop?(): Promise<void>;
}
