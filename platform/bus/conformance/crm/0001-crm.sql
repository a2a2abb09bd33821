create table inbox (
  consumer text,
  event_id uuid,
  at timestamptz not null default platform.now(),
  primary key (consumer, event_id)
);

-- Every delivery, repeated ones too, in the order of handling.
create table delivery (
  seq bigint generated always as identity primary key,
  consumer text not null,
  process text not null,
  event_id uuid not null,
  key text not null,
  version integer not null
);

-- What must happen once per event, however often it is delivered.
create table effect (event_id uuid not null, key text not null);
