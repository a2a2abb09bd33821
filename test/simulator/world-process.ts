/**
 * Runs worlds, one at a time, as its parent asks: a seed comes, a WorldResult goes. In a process of its own, because a world
 * takes over the clock, the timers and the ids of the process, and a mutant its code. FORGELINE_MUTANT names the mutant.
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
process.on('message', async (seed: number) => {
  try {
    process.send!({ result: await new Simulation(seed, database).run(models) });
  } catch (error) {
    process.send!({ broken: String((error as Error).stack ?? error) });
  }
});
process.once('disconnect', async () => {
  await database.close();
  process.exit(0);
});
process.send!({ ready: true });
