export { AnalysisFailed } from './analysis-failed.ts';
export { FileRefused } from './examine-file.ts';
export { holdFiles } from './hold-files.ts';
export type { PriceList } from './price-list.ts';
export { type FilePrice, type FileQuote, quoteFile, UnknownChoice } from './quote-file.ts';
export { type PricingNeeds, pricing } from './room.ts';
export { DEFAULT_RULES, type PricingRules } from './rules.ts';
export { samplePriceList } from './sample-price-list.ts';
export { type PricingWorkerNeeds, pricingWorker } from './worker.ts';
