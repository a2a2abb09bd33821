export { type CheckOptions, type CheckResult, check } from './check.ts';
export {
  type CopyNeeds,
  DRIFT_KINDS,
  type Drift,
  type DriftKind,
  type ExaminedRow,
  type ReadModel,
  type Truth,
} from './contract.ts';
export { type DigestTable, digestsOfBuckets, digestsOfIds, readBuckets } from './digests.ts';
export { type HttpTruthNeeds, httpTruth } from './http-truth.ts';
export { type Keeper, type KeeperNeeds, keeper } from './keeper.ts';
export { type Rebuilt, rebuild } from './rebuild.ts';
export { repair } from './repair.ts';
export { readModelRoutes } from './routes.ts';
export { RebuildOverrun, readState } from './state.ts';
export { findIncomplete } from './wholeness.ts';
