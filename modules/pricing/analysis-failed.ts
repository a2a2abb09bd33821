/** A run that was stopped, or whose thread died: the file is to blame, or the machine. */
export class AnalysisFailed extends Error {
  readonly code:
    | 'analysis.too_long'
    | 'analysis.too_much_memory'
    | 'analysis.crashed'
    /** The worker is stopping, or nobody wants the result any more. */
    | 'analysis.stopped';

  constructor(code: AnalysisFailed['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AnalysisFailed';
    this.code = code;
  }
}
