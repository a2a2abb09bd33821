export { type Assembly, assemble, CircularNeeds, PartFailed, type Row, startOrder, type Table } from './assembly.ts';
export type { Part } from './part.ts';
