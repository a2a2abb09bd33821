import type { Step, Struck } from './scheduler.ts';
import { type Connection, connectionCut } from './stepped-sql.ts';
import type { World } from './world.ts';

/** What strikes a process at one of its statements. */
export function strikeBy(world: World): (step: Step) => Struck {
  const { faults, scheduler, house, locks } = world;

  return (step) => {
    const actor = house.actors.find((one) => one === step.actor);
    if (faults.intensity === 0 || !actor) return null;
    if (faults.strikes('process killed')) {
      house.kill(actor);
      return null;
    }
    if (faults.strikes('process killed after its statement')) {
      return async () => {
        try {
          return await step.run(step);
        } finally {
          if (actor.alive) house.kill(actor);
        }
      };
    }
    // A connection in the middle of giving up has nothing left to lose.
    if (step.label.includes('rollback')) return null;
    if (faults.strikes('connection cut')) return () => cut(step);
    if (faults.strikes('answer of a statement lost')) {
      return async () => {
        await step.run(step);
        return cut(step);
      };
    }
    if (step.label.endsWith(' commit') && faults.strikes('transaction left open')) {
      actor.pausedUntil = scheduler.now + faults.random.between(100, 9_000);
      scheduler.note('slow', actor.name);
      return 'later';
    }
    if (faults.strikes('process stopped for a while')) {
      actor.pausedUntil = scheduler.now + faults.random.between(2_000, 60_000);
      scheduler.note('stopped', actor.name);
    }
    if (faults.strikes('lock lost with its session')) locks.cut(faults.random);
    return null;
  };
}

/** PostgreSQL rolls back what was open on a connection that is gone; who used it is told. */
async function cut({ connection, label }: Step): Promise<never> {
  const open = connection as Connection | null;
  if (open?.owner && !label.endsWith(' begin')) {
    open.isCut = true;
    await open.raw.unsafe('rollback');
  }
  throw connectionCut();
}
