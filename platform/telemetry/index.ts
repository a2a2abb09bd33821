export { createLog, type Log, type LogOptions, logFile, logLineSchema, writtenTogether } from './log.ts';
export { createMetrics, type MetricOptions, type Metrics } from './metrics.ts';
export {
  currentTraceparent,
  type OpenSpan,
  openSpan,
  type Span,
  type SpanOptions,
  span,
  startTracing,
} from './tracing.ts';
