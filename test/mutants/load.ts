/**
 * `FORGELINE_MUTANT=name node --import ./test/mutants/load.ts …` runs a process with that bug; without the name nothing is
 * changed. A mutant that does not apply ends the process before it starts.
 */
import { findMutant, plant } from './plant.ts';

const name = process.env['FORGELINE_MUTANT'];
if (name) plant(findMutant(name));
