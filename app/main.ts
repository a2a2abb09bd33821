import { realpathSync } from 'node:fs';
import { type Assembly, assemble, PartFailed } from '#platform/lifecycle';
import { ConfigError, configHelp, printConfig, readConfig } from './config.ts';
import { seedDemo } from './demo/seed.ts';
import { firstAdmin, greeting } from './greeting.ts';
import { ROOM_NAMES } from './rooms.ts';
import { standBehind } from './stand-behind.ts';
import { type Products, targets, wiring } from './wiring.ts';

const NPM_POLL_MS = 500;

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) return console.log(configHelp());
  const rest = argv.filter((argument) => argument !== '--print-config');
  if (rest.length < argv.length) return console.log(printConfig(rest, process.env));

  const config = readConfig(rest, process.env);
  const table = wiring(config);
  if (config.migrateOnly) {
    const assembly = assemble<Products>(table, ['servers']);
    const { servers } = await assembly.start();
    await servers.prepare(ROOM_NAMES);
    return assembly.stop();
  }

  standBehind(config.nice);
  const assembly = assemble<Products>(table, targets(config.role));
  stopWhenAsked(assembly);
  if (config.role === 'all') console.log('  Forgeline is starting…');
  const products = await assembly.start();
  products.log.info({ event: 'process.ready', origin: products.listening.origin }, 'Ready');
  if (config.role === 'identity') console.log(await firstAdmin(products));
  if (config.role !== 'all') return;
  const demo = config.demo ? await seedDemo(config, products) : null;
  console.log(await greeting(config, products, demo !== null));
}

/** SIGTERM and SIGINT stop in order; a second signal, or a stop that fails, ends at once. */
function stopWhenAsked(assembly: Assembly<Products>): void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(1);
    asked = true;
    clearInterval(watch);
    assembly.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // npm that is killed takes no child along; without this the port stays taken.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) stop();
  }, NPM_POLL_MS);
  watch.unref();
}

function fail(error: unknown): never {
  if (error instanceof ConfigError) {
    console.error(`Forgeline cannot start: ${error.message}`);
    process.exit(2);
  }
  if (error instanceof PartFailed) {
    const { code, port } = (error.cause ?? {}) as { code?: string; port?: number };
    if (code === 'EADDRINUSE') {
      console.error(
        `Forgeline cannot start: port ${port} is taken. Stop what listens there, or choose another with --port.`,
      );
      process.exit(1);
    }
    console.error(`Forgeline cannot go on: ${error.message}`);
    // What to do is in the message; where in the code, for those who look for a defect.
    if (process.env['FORGELINE_LOG_LEVEL'] === 'debug') console.error(error.cause);
    else console.error('FORGELINE_LOG_LEVEL=debug shows where in the code.');
    process.exit(1);
  }
  console.error(error);
  process.exit(1);
}

// A state that nobody foresaw is not one to go on in: the process ends, says why, and is started again.
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

if (realpathSync(process.argv[1]!) === realpathSync(import.meta.filename)) main(process.argv.slice(2)).catch(fail);
