import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#platform/clock';
import type { Sql } from '#platform/database';
import type { TestActors } from '#platform/testing';
import { type Instance, write, writer } from './instances-under-test.ts';

export interface Attacked {
  requests: number;
  unchanged: number;
  /** Neither: the database could not be asked. */
  refused: number;
  /** Answers that were older than the bound: 304s for such a content, and such contents. */
  stale: number;
  changes: number;
  /** Notifications that were lost on their way. */
  lost: number;
  /** Listening connections that were cut. */
  cut: number;
  paused: number;
  swapped: number;
}

export interface AttackOptions {
  /** Of the role that the instances' connections have. */
  sql: Sql;
  /** May end others' connections. */
  admin: Sql;
  actors: TestActors;
  instances: readonly Instance[];
  boundMs: number;
  requests: number;
}

/** A token lives for five minutes; one reader asks fewer times in that. */
const TOKEN_REQUESTS = 1_000;

/**
 * Changes, disturbances and conditional requests at random, all at once: instances lose notifications, are cut off, stand
 * still for longer than the bound, and everything is declared changed. Every answer is compared with what was committed when.
 */
export async function attack({ sql, admin, actors, instances, boundMs, requests }: AttackOptions): Promise<Attacked> {
  const unseen = writer(sql);
  // Several owners: what is lost of one is not made good by the next news of the same.
  const owners = [1, 2, 3].map(() => ({ id: newId(), value: 0, committedAt: [] as number[] }));
  type Owner = (typeof owners)[number];
  const random = (most: number) => Math.floor(Math.random() * most);
  const any = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const counted: Attacked = {
    requests: 0,
    unchanged: 0,
    refused: 0,
    stale: 0,
    changes: 0,
    lost: 0,
    cut: 0,
    paused: 0,
    swapped: 0,
  };
  let over = false;

  async function change(one: Owner): Promise<void> {
    one.value += 1;
    counted.changes += 1;
    await write(sql, random(3) === 0 ? any(instances).live : unseen, one.id, one.value);
    one.committedAt[one.value] = performance.now();
  }
  async function keepChanging(): Promise<void> {
    while (!over) {
      await change(any(owners));
      await pause(random(40));
    }
  }
  async function disturb(): Promise<void> {
    while (!over) {
      const instance = any(instances);
      const act = random(10);
      if (act < 6) instance.deaf = !instance.deaf;
      else if (act < 8) {
        instance.pausedMs += random(3 * boundMs);
        counted.paused += 1;
      } else if (act < 9) {
        await sql.begin((tx) => unseen.announceEverything(tx));
        counted.swapped += 1;
      } else {
        counted.cut += (
          await admin`
            select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crm' and query ilike 'listen%'`
        ).length;
      }
      await pause(random(boundMs / 3));
    }
  }
  async function read(one: Owner): Promise<void> {
    let known = { tag: '', value: 0 };
    let token = await actors.token('seller', one.id);
    for (let asked = 1; counted.requests < requests; asked++) {
      if (asked % TOKEN_REQUESTS === 0) token = await actors.token('seller', one.id);
      const askedAt = performance.now();
      const answer = await any(instances).ask(token, known.tag || undefined);
      counted.requests += 1;
      if (answer.status === 304) counted.unchanged += 1;
      else if (answer.status === 200) known = { tag: answer.tag, value: answer.values['1']! };
      else counted.refused += 1;
      const next = one.committedAt[known.value + 1];
      const isOld = next !== undefined && next + boundMs < askedAt;
      if (isOld && answer.status < 400) counted.stale += 1;
      // Answers from memory alone would not let the instances' own timers and connections run.
      await pause(1);
    }
  }
  for (const one of owners) await change(one);
  const disturbances = [keepChanging(), disturb()];
  await Promise.all([...owners, ...owners].map(read));
  over = true;
  await Promise.all(disturbances);
  counted.lost = instances.reduce((sum, instance) => sum + instance.lost, 0);
  return counted;
}
