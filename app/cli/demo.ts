/**
 * `npm run demo -- [--json] [--topology=all|split]`: a throw-away installation, one model through its whole life, and the
 * proof that everybody saw the same. Ends with 0 only if all of it is right.
 */
import { randomBytes } from 'node:crypto';
import type { Money } from '#contracts/basics';
import type { HistoryEntry, OrderStatus } from '#contracts/orders';
import { type OtlpReceiver, otlpReceiver } from '#platform/testing';
import { partnerOrders, type ReadModels, readModelsAt, readTruth, staffMakes, type Tell } from './demo-life.ts';
import { hireEverybody } from './demo-people.ts';
import { proveHistory, proveLogs, proveOneTrace } from './demo-proof.ts';
import { startTopology, type Topology, type TopologyKind } from './topology.ts';

interface DemoAnswer {
  status: OrderStatus;
  history: { version: number; status: OrderStatus; actor: string; at: string }[];
  price: Money;
  traceId: string;
  readModels: ReadModels;
  elapsedMs: number;
  topology: TopologyKind;
}

async function demo(kind: TopologyKind, tell: Tell): Promise<DemoAnswer> {
  const started = performance.now();
  const collector = await otlpReceiver();
  try {
    const topology = await startTopology({ kind, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    try {
      tell(`Forgeline runs at ${topology.gatewayOrigin} as ${Object.keys(topology.origins).length} process(es)`);
      return {
        ...(await live(topology, collector, tell)),
        elapsedMs: Math.round(performance.now() - started),
        topology: kind,
      };
    } finally {
      await topology.stop();
    }
  } finally {
    await collector.close();
  }
}

async function live(
  topology: Topology,
  collector: OtlpReceiver,
  tell: Tell,
): Promise<Omit<DemoAnswer, 'elapsedMs' | 'topology'>> {
  const traceId = randomBytes(16).toString('hex');
  const cast = await hireEverybody(topology, `00-${traceId}-${randomBytes(8).toString('hex')}-01`);
  tell('Staff and a partner have signed in');
  const orderId = await partnerOrders(cast, tell);
  await staffMakes(cast, orderId, tell);
  const { order, history } = await readTruth(cast, orderId);
  proveHistory(order, history);
  const readModels = await readModelsAt(cast, orderId, order.version);
  tell(`Every read model has version ${order.version}`);
  const spans = await proveOneTrace(collector, { traceId, orderId, kind: topology.kind });
  tell(`One trace, ${traceId}, with ${spans} spans`);
  proveLogs(topology, { traceId, orderId });
  return { status: order.status, history: history.map(line), price: order.total!, traceId, readModels };
}

function line({ version, status, actor, at }: HistoryEntry): DemoAnswer['history'][number] {
  return { version, status, actor: actor.name, at };
}

const USAGE = `npm run demo -- [--json] [--topology=all|split]

A throw-away installation takes one model through its whole life, as one process or as one per role, and proves that everybody saw
the same. What it does is told on standard error; --json prints one line: the answer, or {"ok": false, "error": "…"}.

Exit: 0 all of it was right, 1 not so, 2 asked wrongly.`;

function readArguments(argv: readonly string[]): { json: boolean; kind: TopologyKind } {
  if (argv.includes('--help')) {
    console.log(USAGE);
    process.exit(0);
  }
  const kinds = argv.flatMap((argument) => /^--topology=(all|split)$/.exec(argument)?.[1] ?? []);
  const unknown = argv.find((argument) => argument !== '--json' && !/^--topology=(all|split)$/.test(argument));
  if (unknown) {
    console.error(`Unknown argument "${unknown}".\n${USAGE}`);
    process.exit(2);
  }
  return { json: argv.includes('--json'), kind: (kinds.at(-1) as TopologyKind | undefined) ?? 'all' };
}

const { json, kind } = readArguments(process.argv.slice(2));
// Without these, the processes that were started would outlive a Ctrl-C.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  const answer = await demo(kind, (text) => console.error(text));
  if (json) console.log(JSON.stringify(answer));
  else console.log(`${answer.status} after ${answer.history.length} versions and ${answer.elapsedMs} ms`);
} catch (error) {
  console.error(process.env['FORGELINE_LOG_LEVEL'] === 'debug' ? error : String(error));
  if (json) console.log(JSON.stringify({ ok: false, error: String(error) }));
  process.exitCode = 1;
}
