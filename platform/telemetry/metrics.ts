import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'forgeline_';
const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const LABEL = /^[a-z][a-z0-9_]*$/;
/** Prometheus wants base units; `_count`, `_sum`, `_bucket` and `_info` are made by the exposition itself. */
const WRONG_SUFFIX = /_(ms|milliseconds|microseconds|minutes|hours|days|kb|kib|mb|mib|percent|count|sum|bucket|info)$/;
/** One label value per order or person would make one time series each. */
const UNBOUNDED_LABEL = /(^|_)(id|order|customer|person|email|number|url|path|trace)$/;
/** prom-client calls these gauges `_total`, which Prometheus reserves for counters. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** From half a millisecond (a cached answer) to a minute (a heavy model). */
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface MetricOptions<Label extends string = string> {
  /** Without the prefix; `_total` for counters, `_seconds` or `_bytes` where there is a unit. */
  name: string;
  help: string;
  labelNames?: readonly Label[];
}

/**
 * The metrics of one process. Asking twice for one name gives the same metric, so that every room may declare what it
 * counts; a name, label or kind that breaks the conventions of operations.md throws at start.
 */
export interface Metrics {
  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label>;
  /** Buckets suit seconds from 0.5 ms to 60 s unless given. */
  histogram<Label extends string>(options: MetricOptions<Label> & { buckets?: readonly number[] }): Histogram<Label>;
  /** `collect` sets the gauge when somebody scrapes; each caller's runs. One that fails is counted, never spoils the page. */
  gauge<Label extends string>(
    options: MetricOptions<Label> & { collect?: (gauge: Gauge<Label>) => void | Promise<void> },
  ): Gauge<Label>;
  /** The page for `/metrics`, in the text format that `contentType` names. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics({ service, role, version }: { service: string; role: string; version: string }): Metrics {
  const registry = new Registry();
  const collectors: Collectors = new Map();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1; the labels say what runs here',
    labelNames: ['service', 'role', 'version', 'node'],
    registers: [registry],
  }).set({ service, role, version, node: process.version }, 1);

  const metrics: Metrics = {
    counter: (options) => findOrMake(registry, Counter, options, (config) => new Counter(config)),
    histogram: ({ buckets = SECONDS_BUCKETS, ...options }) =>
      findOrMake(registry, Histogram, options, (config) => new Histogram({ ...config, buckets: [...buckets] })),
    gauge: ({ collect, ...options }) => {
      const gauge = findOrMake(registry, Gauge, options, (config) => new Gauge(config));
      if (collect) addCollector(collectors, gauge, () => collect(gauge));
      return gauge;
    },
    text: async () => {
      await runCollectors(collectors, failures);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
  const failures = metrics.counter({
    name: 'metric_collect_failures_total',
    help: 'Gauges that could not be read when somebody scraped',
    labelNames: ['metric'],
  });
  return metrics;
}

type Collectors = Map<string, (() => void | Promise<void>)[]>;
type Kind = typeof Counter | typeof Gauge | typeof Histogram;
interface Config<Label extends string> {
  name: string;
  help: string;
  labelNames: Label[];
  registers: Registry[];
}

function findOrMake<Label extends string, Metric>(
  registry: Registry,
  kind: Kind,
  { name, help, labelNames = [] }: MetricOptions<Label>,
  make: (config: Config<Label>) => Metric,
): Metric {
  const fullName = PREFIX + name;
  const known = registry.getSingleMetric(fullName);
  if (known) {
    const knownLabels = (known as unknown as { labelNames: string[] }).labelNames;
    if (!(known instanceof kind) || String(knownLabels) !== String(labelNames)) {
      throw new Error(`Metric ${fullName} is declared twice, differently`);
    }
    return known as Metric;
  }
  checkName(kind, name, labelNames);
  return make({ name: fullName, help, labelNames: [...labelNames], registers: [registry] });
}

function checkName(kind: Kind, name: string, labelNames: readonly string[]): void {
  const wrong = (why: string) => new Error(`Metric ${name}: ${why}`);
  if (!NAME.test(name)) throw wrong('lower case words joined by _ are wanted');
  if (name.startsWith(PREFIX)) throw wrong(`the prefix ${PREFIX} is added here`);
  if (WRONG_SUFFIX.test(name)) throw wrong('base units only (_seconds, _bytes, _ratio), no reserved suffix');
  if ((kind === Counter) !== name.endsWith('_total')) throw wrong('_total is for counters, and for all of them');
  for (const label of labelNames) {
    if (!LABEL.test(label)) throw wrong(`label ${label} is not lower case words`);
    if (UNBOUNDED_LABEL.test(label)) throw wrong(`label ${label} has no bound`);
  }
}

function addCollector(collectors: Collectors, gauge: Gauge<string>, collect: () => void | Promise<void>): void {
  const { name } = gauge as unknown as { name: string };
  collectors.set(name, [...(collectors.get(name) ?? []), collect]);
}

async function runCollectors(collectors: Collectors, failures: Counter<'metric'>): Promise<void> {
  const all = [...collectors].flatMap(([metric, list]) => list.map((collect) => ({ metric, collect })));
  await Promise.all(
    all.map(async ({ metric, collect }) => {
      try {
        await collect();
      } catch {
        failures.inc({ metric });
      }
    }),
  );
}
