import type { ReadModelState } from '#contracts/read-models';
import type { Sql } from '#platform/database';
import type { CheckResult } from './check.ts';

/** Registers the copy; its first round is one interval away. */
export async function register(sql: Sql, name: string, everySeconds: number): Promise<void> {
  await sql`
    insert into read_model (name, due_at) values (${name}, platform.now() + make_interval(secs => ${everySeconds}))
    on conflict do nothing`;
}

/** True when a round is due; it is then this process's. */
export async function takeTurn(sql: Sql, name: string, everySeconds: number): Promise<boolean> {
  const taken = await sql`
    update read_model set due_at = platform.now() + make_interval(secs => ${everySeconds})
    where name = ${name} and due_at <= platform.now() returning 1`;
  return taken.length > 0;
}

/** The next round is due now, in whichever process looks first. */
export async function wantCheck(sql: Sql, name: string): Promise<void> {
  await sql`update read_model set due_at = platform.now() where name = ${name}`;
}

export async function recordCheck(sql: Sql, name: string, result: CheckResult): Promise<void> {
  const { compared, drift, repaired, underWay } = result;
  await sql`
    update read_model set checked_at = platform.now(), compared = ${compared}, drift = ${drift.length},
      repaired = ${repaired.length}, under_way = ${underWay}
    where name = ${name}`;
}

/** Makes this the one rebuild: one that ran before, and is not dead after all, is told so at its next step. */
export async function takeRebuild(sql: Sql, name: string, token: string): Promise<void> {
  await sql`
    insert into read_model (name, token) values (${name}, ${token})
    on conflict (name) do update set token = excluded.token, done = 0`;
}

/** The proof that no other has begun, kept until the transaction ends. Throws where one has. */
export async function holdRebuild(tx: Sql, name: string, token: string, done: number | null): Promise<void> {
  const held = await tx`
    update read_model set done = coalesce(${done}::int, done) where name = ${name} and token = ${token} returning 1`;
  if (held.length === 0) throw new RebuildOverrun(name);
}

/** Another rebuild of the same copy has begun: this one was taken for dead and ends. */
export class RebuildOverrun extends Error {
  override name = 'RebuildOverrun';

  constructor(model: string) {
    super(`Another rebuild of ${model} has begun: this one was taken for dead and ends`);
  }
}

/** Done: the new copy is compared at once. */
export async function endRebuild(tx: Sql, name: string): Promise<void> {
  await tx`
    update read_model set token = null, rebuilt_at = platform.now(), due_at = platform.now() where name = ${name}`;
}

export async function leaveRebuild(tx: Sql, name: string): Promise<void> {
  await tx`update read_model set token = null where name = ${name}`;
}

export async function readState(sql: Sql, name: string): Promise<ReadModelState> {
  const [row] = await sql<ReadModelState[]>`
    select m.name, m.checked_at as "checkedAt", m.compared, m.drift, m.repaired, m.under_way as "underWay",
      case when m.token is not null then 'rebuilding' when r.consumer is not null then 'rebuild_wanted'
        when m.drift > m.repaired then 'differs' else 'equal' end as state,
      coalesce(r.reason, '') as reason, m.done, m.rebuilt_at as "rebuiltAt"
    from read_model m left join bus.rebuild r on r.owner = current_user and r.consumer = m.name
    where m.name = ${name}`;
  if (!row) throw new Error(`There is no read model ${name}`);
  return row;
}
