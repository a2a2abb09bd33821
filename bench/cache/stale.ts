import { openDatabase } from '#platform/database';
import { testActors, testDatabase } from '#platform/testing';
import { attack } from '../../platform/cache/attack-under-test.ts';
import { ROOM, startInstance } from '../../platform/cache/instances-under-test.ts';
import { atLeast, atMost, type Row } from '../report.ts';

const REQUESTS = 100_000;
/** As in production. */
const BOUND_MS = 2_000;

/** 100,000 conditional requests to three instances under changes, lost notifications, cut listeners and pauses. */
export async function staleRows(): Promise<Row[]> {
  const database = await testDatabase({ rooms: [ROOM], ownServer: true });
  const admin = openDatabase({ url: database.adminUrl, room: 'bench', max: 1 });
  const actors = await testActors();
  const start = () => startInstance({ url: database.url('crm'), actors, trustMs: BOUND_MS });
  const instances = [await start(), await start(), await start()];
  try {
    const sql = database.sql('crm');
    const attacked = await attack({ sql, admin: admin.sql, actors, instances, boundMs: BOUND_MS, requests: REQUESTS });
    return [
      atMost('stale answers of 100,000 conditional requests under lost invalidations', attacked.stale, '', 0),
      atMost('refused, the database being away', attacked.refused, '', REQUESTS / 100),
      atLeast('of them 304', (attacked.unchanged / attacked.requests) * 100, '%'),
      atLeast('changes meanwhile', attacked.changes, ''),
      atLeast('notifications lost meanwhile', attacked.lost, '', 100),
      atLeast('listeners cut meanwhile', attacked.cut, '', 10),
      atLeast('pauses of an instance meanwhile', attacked.paused, '', 10),
    ];
  } finally {
    for (const instance of instances) await instance.stop();
    await admin.end();
    await database.close();
  }
}
