-- How many quotes of a tenant wait is asked before another one is taken.
create index quote_pending on quote (tenant) where state in ('queued', 'calculating');
