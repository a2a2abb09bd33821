import { openDatabase, type Sql } from '#platform/database';

/** Any constant. Whoever removes files takes it alone, whoever needs them to stay shares it. */
const FILES_LOCK = 7_305_190_423;

/** Until the answer is called nobody removes a file that an upload has brought. `url`: of this room's database. */
export async function holdFiles(url: string): Promise<() => Promise<void>> {
  const { sql, end } = openDatabase({ url, room: 'pricing', role: 'backup', max: 1 });
  try {
    await sql`select pg_advisory_lock_shared(${FILES_LOCK})`;
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** True when files may be removed until the transaction ends. */
export async function mayRemoveFiles(tx: Sql): Promise<boolean> {
  const [row] = await tx<{ mine: boolean }[]>`select pg_try_advisory_xact_lock(${FILES_LOCK}) as mine`;
  return row!.mine;
}
