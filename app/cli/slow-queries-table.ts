import { printable } from './quote-words.ts';
import type { Advice } from './slow-queries-index.ts';
import type { Statement } from './slow-queries-statements.ts';

export type Finding = Statement & Advice;

const TEXT_WIDTH = 110;

/** For a person: the list, then what would help. */
export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'No statement has been counted yet.\n';
  const head = `${'#'.padStart(3)}  ${'ROOM'.padEnd(9)} ${'SHARE'.padStart(6)} ${'TOTAL'.padStart(10)} ${'CALLS'.padStart(8)} ${'MEAN'.padStart(10)} ${'ROWS'.padStart(9)} ${'PAGES/CALL'.padStart(11)}`;
  const lines = findings.map((finding, at) => {
    const { room, share, totalMs, calls, meanMs, rows, pagesPerCall, query } = finding;
    const figures = `${String(at + 1).padStart(3)}  ${room.padEnd(9)} ${`${(share * 100).toFixed(1)}%`.padStart(6)} ${milliseconds(totalMs).padStart(10)} ${String(calls).padStart(8)} ${milliseconds(meanMs).padStart(10)} ${String(rows).padStart(9)} ${pagesPerCall.toFixed(0).padStart(11)}`;
    return `${figures}\n     ${shortened(query)}${advice(finding)}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

function advice({ cost, index, note }: Finding): string {
  const lines: string[] = [];
  if (index) {
    const gain =
      index.gain === null
        ? ''
        : ` The planner's cost falls from ${round(cost!)} to ${round(index.costWith!)}, ${round(index.gain)}×.`;
    lines.push(`→ ${index.table} (${index.tableRows} rows): it ${shortened(index.reason)}.${gain}`, `  ${index.ddl};`);
  }
  if (note) lines.push(`  ${shortened(note)}`);
  return lines.map((line) => `\n     ${line}`).join('');
}

function milliseconds(value: number): string {
  return value >= 10_000 ? `${(value / 1000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function shortened(text: string): string {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim());
  return line.length > TEXT_WIDTH ? `${line.slice(0, TEXT_WIDTH - 1)}…` : line;
}
