import type { Unit } from '#contracts/basics';

export const MILLIMETRES: Record<Unit, number> = { mm: 1, cm: 10, m: 1000, in: 25.4, ft: 304.8 };
export const UNITS = Object.keys(MILLIMETRES) as Unit[];
