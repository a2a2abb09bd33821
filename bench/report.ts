import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';

/** One measured figure. `gate` is in the unit of `ratio` when there is a peer, else in the unit of `value`. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  peer?: string;
  peerValue?: number;
  ratio?: number;
  gate?: number;
  ok: boolean;
}

export interface Machine {
  cpu: string;
  cores: number;
  node: string;
  postgres: string;
}

export interface Report {
  suite: string;
  machine: Machine;
  rows: Row[];
}

export function machine(postgres: string): Machine {
  const cores = cpus();
  return { cpu: cores[0]?.model.trim() ?? 'unknown', cores: cores.length, node: process.version, postgres };
}

/** A figure that must stay at or below `gate`; without a gate it is only recorded. */
export function atMost(name: string, value: number, unit: string, gate?: number): Row {
  return {
    name,
    value: round(value),
    unit,
    ...(gate === undefined ? {} : { gate }),
    ok: gate === undefined || value <= gate,
  };
}

/** A figure that must reach `gate`; without a gate it is only recorded. */
export function atLeast(name: string, value: number, unit: string, gate?: number): Row {
  return {
    name,
    value: round(value),
    unit,
    ...(gate === undefined ? {} : { gate }),
    ok: gate === undefined || value >= gate,
  };
}

/** The p-th percentile (0–1) of a sample by nearest rank. NaN of an empty one. */
export function percentile(sample: readonly number[], p: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** The table for a person. */
export function table(report: Report): string {
  const { cpu, cores, node, postgres } = report.machine;
  const head = ['', 'figure', 'value', 'peer', 'ratio', 'gate'];
  const body = report.rows.map((row) => [
    row.ok ? '✔' : '✘',
    row.name,
    `${row.value} ${row.unit}`,
    row.peer ? `${row.peer} ${row.peerValue}` : '',
    row.ratio === undefined ? '' : `${row.ratio}×`,
    row.gate === undefined ? '' : String(row.gate),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]!.length)));
  const lines = [head, ...body].map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  return [`${report.suite} on ${cpu}, ${cores} cores, Node ${node}, PostgreSQL ${postgres}`, '', ...lines, ''].join(
    '\n',
  );
}

/** Keeps the report beside the earlier ones: `bench/results/<suite>.json`, newest last, at most fifty. */
export function record(report: Report, at: string): string {
  const folder = path.join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${report.suite}.json`);
  const earlier = readEarlier(file);
  writeFileSync(file, `${JSON.stringify([...earlier, { at, ...report }].slice(-50), null, 1)}\n`);
  return path.relative(process.cwd(), file);
}

function readEarlier(file: string): unknown[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
