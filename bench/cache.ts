import { cpuRows } from './cache/cpu.ts';
import { operatorRows } from './cache/operators.ts';
import { staleRows } from './cache/stale.ts';
import { machine, type Report } from './report.ts';

/** 304s and held answers: what they cost, how often they serve, and that none of them is stale. */
export async function cache(): Promise<Report> {
  return {
    suite: 'cache',
    machine: machine('18'),
    rows: [...(await staleRows()), ...(await operatorRows()), ...(await cpuRows())],
  };
}
