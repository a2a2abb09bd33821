export {
  type AnalyseOptions,
  analyse,
  type Examination,
  examine,
  type FirstPass,
  KERNEL_VERSION,
  type Measurement,
  MOST_TO_SHOW,
  measure,
  nineDigits,
  type Repair,
  type Views,
} from './analyse.ts';
export { type ByteSource, bytesInMemory } from './byte-source.ts';
export { detectFormat } from './formats/detect.ts';
export { MAX_FILE_BYTES } from './formats/limits.ts';
export { type MadeModel, makeBracket, makePendant, makeRing } from './model-maker.ts';
export { GeometryRefusal, type RefusalCode } from './refusal.ts';
export { compareFile } from './shape/compare-file.ts';
export type { Fit, Likeness } from './shape/compare-shapes.ts';
export type { ShapeDescriptor } from './shape/describe-shape.ts';
export { type Outline, packOutline, unpackOutline } from './shape/outline.ts';
export {
  type Known,
  type Proposal,
  proposalOf,
  type Resembled,
  SAME_AREA,
  unitScales,
  unlikeness,
} from './shape/shape-distance.ts';
export { decodePicture, paintPicture } from './thickness/picture-file.ts';
