import type { PriceLine } from '#contracts/pricing';
import type { Language } from './text.ts';

/** Lines whose detail repeats what the page says beside them. */
const PLAIN = new Set(['setup', 'finish', 'minimum', 'lead']);

const RUSSIAN: [RegExp, string][] = [
  [/\bbox\b/g, 'габарит'],
  [/\bheight\b/g, 'высота'],
  [/\bcm³/g, 'см³'],
  [/\bcm²/g, 'см²'],
  [/\bmm\b/g, 'мм'],
  [/\bg with ([\d.]+) % loss/g, 'г с потерями $1 %'],
  [/\bpieces\b/g, 'шт.'],
  [/\bfineness ([\d.]+)/g, 'проба $1'],
  [/\bmetal fix of (\S+)/g, 'цена металла на $1'],
  [/(\d)\.(\d)/g, '$1,$2'],
];

/** The figures behind a line of the price, in this language; empty where they would only repeat. */
export function priceDetail({ code, detail }: Pick<PriceLine, 'code' | 'detail'>, language: Language): string {
  if (PLAIN.has(code)) return '';
  const dated = detail.replace(/(\d{4}-\d{2}-\d{2})T\S+/g, '$1');
  if (language === 'en') return dated;
  return RUSSIAN.reduce((text, [english, russian]) => text.replace(english, russian), dated);
}
