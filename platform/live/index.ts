export type { Change } from './changes-text.ts';
export { type LiveChanges, liveChanges, type News } from './live-changes.ts';
export { readGenerations, readWithGenerations, type Stamp } from './store.ts';
