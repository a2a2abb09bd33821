/** Pass 2 over a mesh: shared corners, edges, shells. Every loop takes a part of its work a call: see load-kernel.ts. */
export { place } from './topology-state';
export { fewWords, sortWithin, sortWords } from './topology-sort';
export {
  beginWeld,
  cornerCount,
  degenerateCount,
  faceCount,
  moveTable,
  rehash,
  weldBlock,
} from './topology-weld';
export {
  beginEdges,
  countEdges,
  flippedEdges,
  largestBucket,
  layOut,
  matchBuckets,
  nonManifoldEdges,
  openEdges,
  repeatedFaces,
  scatter,
  separateShells,
  turningConflicts,
  unbalancedEdges,
} from './topology-edges';
export {
  beginShells,
  clearFlags,
  dropRepeated,
  flatten,
  measureFaces,
  measureShells,
  numberShells,
  repeatedBoundary,
  shellCount,
  turnFaces,
} from './topology-shells';
export {
  beginRenumber,
  beginSnap,
  keepUsed,
  keyByPlace,
  keyBySlab,
  listMarked,
  markLoose,
  markUsed,
  renumber,
  snap,
} from './topology-snap';
export { beginWinding, pickSamples, placeSamples, wind } from './topology-nesting';
export { pickPlaces } from './topology-windings';
