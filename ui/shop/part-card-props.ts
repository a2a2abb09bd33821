import type { Catalogue, Quote, QuoteItem } from '#contracts/pricing';
import type { Part } from './workspace.ts';

/** A part on the table with what is known of it. */
export interface PartCardProps {
  part: Part;
  open: boolean;
  item: QuoteItem | null;
  quote: Quote | null;
  pending: boolean;
  catalogue: Catalogue;
}
