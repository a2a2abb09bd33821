export type { Change } from './changes-text.ts';
export { type LiveChanges, liveChanges, type News } from './live-changes.ts';
export { readGenerations, type Stamp } from './store.ts';
