import type { Drift, ExaminedRow, ReadModel } from './contract.ts';

const ROWS_AT_ONCE = 1_000;

/** Rows that are right by themselves and not all there: what digests do not see. Dearer than they are by far. */
export async function* findIncomplete(model: ReadModel): AsyncGenerator<Drift[]> {
  for (let after: string | null = null, full = true; full; ) {
    const rows: ExaminedRow[] = await model.examine(after, ROWS_AT_ONCE);
    yield rows
      .filter(({ isWhole }) => !isWhole)
      .map(({ id, version, status }) => {
        const state = { version, status };
        return { orderId: id, kind: 'wrong', copy: state, truth: state };
      });
    full = rows.length === ROWS_AT_ONCE;
    after = rows.at(-1)?.id ?? null;
  }
}
