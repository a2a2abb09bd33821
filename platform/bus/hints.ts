import { randomUUID } from 'node:crypto';
import type { Sql } from '#platform/database';
import type { Log } from '#platform/telemetry';
import { Signal } from './signal.ts';

const CHANNEL = 'forgeline_bus';
/** Hints to other processes within this time become one. */
const COALESCE_MS = 25;

/**
 * "This room has committed events": at once to readers of this process, by one NOTIFY (outside of every writer's
 * transaction) to other processes of the database.
 */
export interface Hints {
  /** Listens through the first caller's pool. */
  attach(sql: Sql, log: Log): Promise<void>;
  detach(): Promise<void>;
  /** Woken by hints of these rooms; null: of all. */
  signal(rooms: Set<string> | null): Signal;
  hint(room: string, sql: Sql): void;
  /** Everybody of this process looks again. */
  wake(): void;
}

export function hints(): Hints {
  const self = randomUUID();
  const signals: { rooms: Set<string> | null; signal: Signal }[] = [];
  const announced = new Map<string, NodeJS.Timeout>();
  let users = 0;
  let listening: Promise<{ unlisten(): Promise<void> }> | undefined;

  function wake(room: string | null): void {
    for (const { rooms, signal } of signals) {
      if (room === null || rooms === null || rooms.has(room)) signal.wake();
    }
  }

  function announce(room: string, sql: Sql): void {
    if (announced.has(room)) return;
    const send = () => {
      announced.delete(room);
      // Lost, it costs the others one poll.
      sql`select pg_notify(${CHANNEL}, ${`${self} ${room}`})`.catch(() => undefined);
    };
    announced.set(room, setTimeout(send, COALESCE_MS));
  }

  return {
    async attach(sql, log) {
      users++;
      listening ??= Promise.resolve(
        sql.listen(
          CHANNEL,
          (payload) => {
            const [sender, room] = payload.split(' ');
            if (sender !== self) wake(room ?? null);
          },
          () => wake(null),
        ),
      );
      await listening.catch((err) => log.warn({ err }, 'Cannot listen for hints; polling only'));
    },
    async detach() {
      if (--users > 0) return;
      for (const timer of announced.values()) clearTimeout(timer);
      announced.clear();
      const ears = await listening?.catch(() => undefined);
      listening = undefined;
      await ears?.unlisten().catch(() => undefined);
    },
    signal(rooms) {
      const signal = new Signal();
      signals.push({ rooms, signal });
      return signal;
    },
    wake: () => wake(null),
    hint(room, sql) {
      wake(room);
      announce(room, sql);
    },
  };
}
