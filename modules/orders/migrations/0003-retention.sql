-- What is remembered for a while only is removed from its oldest end.
create index command_age on command (at);
create index inbox_age on inbox (at);
