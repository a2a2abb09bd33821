-- Answers are remembered for a while only, and removed from their oldest end.
create index command_age on command (at);
