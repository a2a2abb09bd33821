import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'amqplib';

export interface PrivateBroker {
  /** AMQP address; the same after every restart. */
  url: string;
  /** The broker's own log, for a failure's report. */
  logFile: string;
  /** Of the broker's process; another one after every start. */
  pid(): number;
  /** Like a power cut. */
  kill(): Promise<void>;
  /** Like an upgrade: it says goodbye. */
  shutDown(): Promise<void>;
  /** What its administrator types, e.g. `['set_vm_memory_high_watermark', '0.4']`. Takes some seconds. */
  control(command: readonly string[]): Promise<void>;
  /** After `kill` or `shutDown`, on the same port and data. Resolves when it takes connections. */
  startAgain(): Promise<void>;
  /** Ends the broker and removes its folder. */
  stop(): Promise<void>;
}

export interface PrivateBrokerOptions {
  /** Folder of RabbitMQ's programs, as `requireServer('rabbitmq')` of test/provision.ts finds it. */
  programs: string;
  /** How long a start may take. Default: a minute. */
  readyWithinMs?: number;
}

const READY_WITHIN_MS = 60_000;

/**
 * A RabbitMQ of its own for tests and the split demo: own ports, folder, name server and cookie, on the loopback only.
 * Dies with this process. Ready after 6 to 14 s.
 */
export async function privateBroker({
  programs,
  readyWithinMs = READY_WITHIN_MS,
}: PrivateBrokerOptions): Promise<PrivateBroker> {
  const dir = mkdtempSync(join(tmpdir(), 'forgeline-rabbitmq-'));
  const [port, distribution, names] = await freePorts(3);
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  const logFile = join(dir, 'broker.log');
  const environment = prepareFolder(dir, { port: port!, distribution: distribution!, names: names! });
  const nameServer = launch(
    'KILL',
    findEpmd(),
    ['-port', String(names), '-address', '127.0.0.1'],
    environment,
    logFile,
  );
  let broker = launch('TERM', join(programs, 'rabbitmq-server'), [], environment, logFile);

  const cleanUp = () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const killAll = () => {
    broker.kill('SIGKILL');
    nameServer.kill('SIGKILL');
    cleanUp();
  };
  process.once('exit', killAll);

  async function stop(): Promise<void> {
    process.off('exit', killAll);
    await end('SIGKILL');
    nameServer.kill('SIGKILL');
    cleanUp();
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (broker.exitCode !== null || broker.signalCode !== null) return;
    const gone = once(broker, 'exit');
    broker.kill(signal);
    await gone;
  }

  async function ready(): Promise<void> {
    try {
      await untilItAnswers(url, broker, readyWithinMs);
    } catch (error) {
      const log = readFileSync(logFile, 'utf8').slice(-2000);
      await stop();
      throw new Error(`The private RabbitMQ did not start: ${(error as Error).message}\n${log}`);
    }
  }

  await ready();
  return {
    url,
    logFile,
    pid: () => broker.pid!,
    kill: () => end('SIGKILL'),
    shutDown: () => end('SIGTERM'),
    async control(command) {
      const tool = launch(
        'TERM',
        join(programs, 'rabbitmqctl'),
        ['-n', environment['RABBITMQ_NODENAME']!, ...command],
        environment,
        logFile,
      );
      const [code] = (await once(tool, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`rabbitmqctl ${command.join(' ')} ended with ${code}; ${logFile} says why`);
    },
    async startAgain() {
      broker = launch('TERM', join(programs, 'rabbitmq-server'), [], environment, logFile);
      await ready();
    },
    stop,
  };
}

interface Ports {
  port: number;
  distribution: number;
  names: number;
}

function prepareFolder(dir: string, { port, distribution, names }: Ports): NodeJS.ProcessEnv {
  const at = (name: string) => join(dir, name);
  for (const folder of ['data', 'log', 'generated', 'schema']) mkdirSync(at(folder));
  writeFileSync(at('.erlang.cookie'), `private${port}`, { mode: 0o400 });
  writeFileSync(at('enabled_plugins'), '[].\n');
  writeFileSync(at('rabbitmq.conf'), 'loopback_users = none\nlog.console.level = warning\n');
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    HOME: dir,
    RABBITMQ_NODENAME: `t${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(names),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_MNESIA_BASE: at('data'),
    RABBITMQ_LOG_BASE: at('log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: at('none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
    RABBITMQ_PID_FILE: at('pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: at('generated'),
    RABBITMQ_FEATURE_FLAGS_FILE: at('feature_flags'),
    RABBITMQ_SCHEMA_DIR: at('schema'),
    // Makes the start script become the Erlang machine instead of standing in front of it, deaf to SIGKILL.
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}',
  };
}

/** Ends with this process even if that is killed: `signal` is what the kernel then sends. */
function launch(
  signal: 'KILL' | 'TERM',
  program: string,
  options: string[],
  env: NodeJS.ProcessEnv,
  logFile: string,
): ChildProcess {
  const log = openSync(logFile, 'a');
  return spawn('setpriv', ['--pdeathsig', signal, program, ...options], { env, stdio: ['ignore', log, log] });
}

async function untilItAnswers(url: string, broker: ChildProcess, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      const connection = await connect(url, { timeout: 2000 });
      await connection.close();
      return;
    } catch (error) {
      if (broker.exitCode !== null) throw new Error(`it ended with code ${broker.exitCode}`);
      if (Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

function findEpmd(): string {
  const found = ['/usr/bin/epmd', '/usr/lib/erlang/bin/epmd', '/usr/local/bin/epmd'].find((path) => existsSync(path));
  if (!found) throw new Error('epmd, which comes with Erlang, was not found');
  return found;
}

/** All are held at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
