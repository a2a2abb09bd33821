export { type AnswerCache, type AnswerCacheOptions, answerCache, type Filled, type View } from './answer-cache.ts';
