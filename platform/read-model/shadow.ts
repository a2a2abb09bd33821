import type { Sql } from '#platform/database';
import type { ReadModel } from './contract.ts';

/** Less than the server waits before it looks for a deadlock: the swap gives up first, never a reader of the old tables. */
const LOCK_TIMEOUT_MS = 300;

/**
 * A second set of a read model's tables in the room's schema `<room>_rebuild`, under the same names: with that schema first in
 * the search path the room's own statements write there.
 */
export interface Shadow {
  schema: string;
  /** Makes the tables anew, whatever was left there, and begins to note which orders change in the live ones. */
  make(tx: Sql): Promise<void>;
  /** In this transaction the room's statements mean the shadow. */
  enter(tx: Sql): Promise<void>;
  leave(tx: Sql): Promise<void>;
  /** Orders that changed in the live tables since, oldest first. */
  noted(sql: Sql, limit: number): Promise<{ seqs: string[]; orderIds: string[] }>;
  forgetNoted(tx: Sql, seqs: readonly string[]): Promise<void>;
  /** Keeps the live tables' writers out until the transaction ends; readers go on. */
  stopWriters(tx: Sql): Promise<void>;
  /** Puts the shadow in the place of the live tables. */
  swap(tx: Sql): Promise<void>;
  /** Removes all of it, in the caller's transaction. */
  drop(tx: Sql): Promise<void>;
}

export function shadowOf(model: Pick<ReadModel, 'name'> & { copies: readonly string[]; idColumn: string }): Shadow {
  const { copies, idColumn } = model;
  const room = model.name.split('.', 1)[0]!;
  const schema = `${room}_rebuild`;
  const head = copies[0]!;
  const live = (name: string) => `${room}.${name}`;
  const shadow = (name: string) => `${schema}.${name}`;

  async function drop(tx: Sql): Promise<void> {
    await limitLocks(tx);
    // The function takes its trigger along.
    await tx.unsafe(`drop function if exists ${shadow('note_change')}() cascade`);
    for (const name of ['changed_order', ...copies]) await tx.unsafe(`drop table if exists ${shadow(name)} cascade`);
  }

  return {
    schema,
    async make(tx) {
      await drop(tx);
      for (const name of copies) await copyTable(tx, live(name), shadow(name));
      await tx.unsafe(
        `create table ${shadow('changed_order')} (seq bigint generated always as identity, id uuid not null)`,
      );
      await tx.unsafe(`create function ${shadow('note_change')}() returns trigger language plpgsql as $$ begin
        insert into ${shadow('changed_order')} (id) values (coalesce(new.${idColumn}, old.${idColumn}));
        return null;
      end $$`);
      await tx.unsafe(`create trigger note_change after insert or update or delete on ${live(head)}
        for each row execute function ${shadow('note_change')}()`);
    },
    async enter(tx) {
      await tx`select set_config('search_path', ${`${schema}, ${room}`}, true)`;
    },
    async leave(tx) {
      await tx`select set_config('search_path', ${room}, true)`;
    },
    async noted(from, limit) {
      const rows = await from<{ seq: string; id: string }[]>`
        select seq::text, id from ${from(shadow('changed_order'))} order by changed_order.seq limit ${limit}`;
      return { seqs: rows.map(({ seq }) => seq), orderIds: [...new Set(rows.map(({ id }) => id))] };
    },
    async forgetNoted(tx, seqs) {
      await tx`delete from ${tx(shadow('changed_order'))} where seq = any (${[...seqs]}::bigint[])`;
    },
    async stopWriters(tx) {
      await limitLocks(tx);
      await tx.unsafe(`lock table ${copies.map(live).join(', ')} in share row exclusive mode`);
    },
    async swap(tx) {
      await tx.unsafe(`lock table ${copies.map(live).join(', ')} in access exclusive mode`);
      await tx.unsafe(`drop function ${shadow('note_change')}() cascade`);
      for (const name of copies) {
        await tx.unsafe(`drop table ${live(name)}`);
        await tx.unsafe(`alter table ${shadow(name)} set schema ${room}`);
      }
      await tx.unsafe(`drop table ${shadow('changed_order')}`);
    },
    drop,
  };
}

async function limitLocks(tx: Sql): Promise<void> {
  await tx`select set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true)`;
}

/** Columns, checks, keys and indexes under their own names, so that later migrations find them. */
async function copyTable(tx: Sql, from: string, to: string): Promise<void> {
  await refuseTies(tx, from);
  await tx.unsafe(`create table ${to} (like ${from} including all excluding indexes)`);
  const [options] = await tx<{ text: string | null }[]>`
    select array_to_string(reloptions, ', ') as text from pg_class where oid = ${from}::regclass`;
  if (options?.text) await tx.unsafe(`alter table ${to} set (${options.text})`);
  const keys = await tx<{ name: string; text: string }[]>`
    select conname as name, pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = ${from}::regclass and contype in ('p', 'u', 'x')`;
  for (const { name, text } of keys) await tx.unsafe(`alter table ${to} add constraint ${name} ${text}`);
  const indexes = await tx<{ text: string }[]>`
    select pg_get_indexdef(indexrelid) as text from pg_index
    where indrelid = ${from}::regclass and indisvalid
      and not exists (select from pg_constraint where conindid = indexrelid and conrelid = ${from}::regclass)`;
  for (const { text } of indexes) await tx.unsafe(text.replace(` ON ${from} `, ` ON ${to} `));
}

/** What hangs on a table by its identity would be lost with it, or hold on to the old one. */
async function refuseTies(tx: Sql, table: string): Promise<void> {
  const ties = await tx<{ name: string }[]>`
    select 'foreign key ' || conname as name from pg_constraint
    where contype = 'f' and (conrelid = ${table}::regclass or confrelid = ${table}::regclass)
    union all
    select 'trigger ' || tgname from pg_trigger where tgrelid = ${table}::regclass and not tgisinternal
    union all
    select 'view ' || r.ev_class::regclass::text from pg_depend d join pg_rewrite r on r.oid = d.objid
    where d.classid = 'pg_rewrite'::regclass and d.refobjid = ${table}::regclass`;
  if (ties.length === 0) return;
  const named = ties.map(({ name }) => name).join(', ');
  throw new Error(`${table} cannot be replaced by a copy made anew: ${named} hangs on it`);
}
