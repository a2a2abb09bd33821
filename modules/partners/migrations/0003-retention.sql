-- What is remembered for a while only is removed from its oldest end.
create index inbox_age on inbox (at);
create index delivery_age on delivery (created_at) where state <> 'pending';
create index daily_usage_age on daily_usage (day);
