export {
  type AnalyseOptions,
  analyse,
  examine,
  type FirstPass,
  KERNEL_VERSION,
  type Measurement,
  measure,
  nineDigits,
  type Repair,
} from './analyse.ts';
export { type ByteSource, bytesInMemory } from './byte-source.ts';
export { detectModel, MAX_FILE_BYTES } from './detect.ts';
export { type MadeModel, makeBracket, makePendant, makeRing } from './model-maker.ts';
export { GeometryRefusal, type RefusalCode } from './refusal.ts';
