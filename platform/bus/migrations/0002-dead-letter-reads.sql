-- A dead letter holds what a customer sent: who opened it is written down too.
alter table bus.dead_letter_audit drop constraint dead_letter_audit_act_check;
alter table bus.dead_letter_audit
  add constraint dead_letter_audit_act_check check (act in ('shown', 'replayed', 'discarded'));
