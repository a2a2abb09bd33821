/** What the page's address says: the list or the draft that is chosen, and what of it is shown. */
export type PriceSearch = Partial<Record<'list' | 'draft' | 'tab', string>>;
