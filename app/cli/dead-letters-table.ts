import type { AuditEntry, DeadLetter } from '#platform/bus';
import { printable } from './quote-words.ts';

const REASON_WIDTH = 72;

/** For a person; the newest first. */
export function letterTable(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return 'No dead letters.\n';
  const rows = letters.map(({ consumer, eventId, type, key, diedAt, attempts, reason }) => [
    clock(diedAt),
    consumer,
    eventId,
    type,
    key,
    String(attempts),
    shortened(reason),
  ]);
  return table(['DIED', 'CONSUMER', 'EVENT', 'TYPE', 'OF', 'TRIES', 'REASON'], rows);
}

export function auditTable(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'Nobody has touched a dead letter.\n';
  const rows = entries.map(({ at, act, consumer, eventId, actor, note }) => [
    clock(at),
    act,
    consumer,
    eventId,
    actor,
    shortened(note),
  ]);
  return table(['WHEN', 'ACT', 'CONSUMER', 'EVENT', 'BY', 'NOTE'], rows);
}

/** Everything about one. */
export function letterCard(letter: DeadLetter & { data: unknown }): string {
  const { data, ...rest } = letter;
  const facts = Object.entries(rest).map(([name, value]) => `${name.padEnd(12)} ${printable(String(value ?? '-'))}`);
  const content = JSON.stringify(data, null, 2).split('\n').map(printable);
  return `${[...facts, 'data', ...content].join('\n')}\n`;
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return `${lines
    .map((line) =>
      line
        .map((cell, n) => cell.padEnd(widths[n]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`;
}

/** `2026-11-24 18:00:00Z` */
function clock(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function shortened(text: string): string {
  return text.length > REASON_WIDTH ? `${text.slice(0, REASON_WIDTH - 1)}…` : text;
}
