/** Pass 2 over a mesh: shared corners, edges, shells. Every loop takes a part of its work a call: see load-kernel.ts. */
export { place } from './topology-state';
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
  turningConflicts,
  unbalancedEdges,
} from './topology-edges';
export {
  beginShells,
  clearFlags,
  dropRepeated,
  flatten,
  measureShells,
  numberShells,
  repeatedBoundary,
  shellCount,
  turnFaces,
} from './topology-shells';
export {
  beginDigits,
  beginRenumber,
  beginSnap,
  countDigits,
  keepUsed,
  layOutDigits,
  listMarked,
  markLoose,
  markUsed,
  moveDigits,
  renumber,
  snap,
} from './topology-snap';
export { beginWinding, pickSamples, placeSamples, wind } from './topology-nesting';
