export { type FileQuote, quoteFile, UnknownChoice } from './quote-file.ts';
