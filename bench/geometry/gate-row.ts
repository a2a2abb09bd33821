import type { Row } from '../report.ts';

/** One figure and what it is compared with. */
export interface Compared {
  name: string;
  value: number;
  unit: string;
  peer: string;
  /** Absent where the peer is not there: a gate that was not measured is not passed. */
  peerValue: number | undefined;
  gate?: number;
  /** How to get a peer that is not there. */
  install?: string;
}

/** How many times less than the peer it takes: at least `gate` times. */
export function timesLess(compared: Compared): Row {
  return row(compared, (value, peer) => peer / value, atLeast);
}

/** How many times as much as the peer it takes: at most `gate` times. */
export function timesAsLong(compared: Compared): Row {
  return row(compared, (value, peer) => value / peer, atMost);
}

/** How many times as many as the peer it does: at least `gate` times. */
export function timesAsMany(compared: Compared): Row {
  return row(compared, (value, peer) => value / peer, atLeast);
}

const atLeast = (ratio: number, gate: number) => ratio >= gate;
const atMost = (ratio: number, gate: number) => ratio <= gate;

function row(
  { name, value, unit, peer, peerValue, gate, install }: Compared,
  ratioOf: (value: number, peer: number) => number,
  passes: (ratio: number, gate: number) => boolean,
): Row {
  const gated = gate === undefined ? {} : { gate };
  if (peerValue === undefined) {
    const missing = `${peer} (not here${install ? `: ${install}` : ''})`;
    console.error(`Not measured: ${name} against ${missing}`);
    return { name, value: digits(value), unit, peer: missing, ...gated, ok: gate === undefined };
  }
  const ratio = ratioOf(value, peerValue);
  return {
    name,
    value: digits(value),
    unit,
    peer,
    peerValue: digits(peerValue),
    ratio: digits(ratio),
    ...gated,
    ok: gate === undefined || passes(ratio, gate),
  };
}

function digits(value: number): number {
  return Number(value.toPrecision(4));
}
