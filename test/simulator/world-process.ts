/**
 * Runs worlds, one at a time, as its parent asks: a seed comes, a WorldResult goes, and meanwhile how many steps it has made. In
 * a process of its own, because a world takes over the clock, the timers and the ids of the process, and a mutant its code.
 * FORGELINE_MUTANT names the mutant.
 */
import { findMutant, plant } from '../mutants/plant.ts';
import { patchGlobals } from './patched-globals.ts';

const mutant = process.env['FORGELINE_MUTANT'];
if (mutant) plant(findMutant(mutant));
patchGlobals();
const { measureModels } = await import('./models.ts');
const { Simulation } = await import('./simulation.ts');
const { openPlaces } = await import('./house.ts');
const { worldDatabase } = await import('./world-database.ts');

const models = measureModels();
const database = await worldDatabase();
await openPlaces(database);
const TELL_EVERY_MS = 5_000;
/** A parent that has given up listens no more. */
const say = (said: object) => process.connected && process.send!(said);
process.on('message', async (seed: number) => {
  const world = new Simulation(seed, database);
  const telling = setInterval(() => say({ steps: world.scheduler.steps }), TELL_EVERY_MS);
  try {
    say({ result: await world.run(models) });
  } catch (error) {
    say({ broken: String((error as Error).stack ?? error) });
  } finally {
    clearInterval(telling);
  }
});
process.once('disconnect', async () => {
  await database.close();
  process.exit(0);
});
say({ ready: true });
