-- What is remembered for a while only is removed from its oldest end.
create index session_expiry on session (expires_at);
create index attempt_expiry on attempt (resets_at);
create index audit_age on audit (at);
