-- Whoever acts. An unconfirmed address proves nothing, so several people may claim it; confirmed or invited, it is one person's.
create table person (
  id uuid primary key,
  kind text not null check (kind in ('guest', 'member', 'invited', 'registered')),
  name text not null,
  email text check (email = lower(email)),
  email_confirmed boolean not null default false,
  phone text not null default '',
  roles text[] not null,
  client_id uuid,
  password_hash text,
  created_at timestamptz not null default platform.now(),
  last_sign_in_at timestamptz,
  deactivated_at timestamptz,
  check ((client_id is not null) = ('partner' = any (roles)))
);
create unique index person_email on person (email) where email_confirmed or kind = 'invited';
create unique index person_registered on person (email) where kind = 'registered';
create index person_newest on person (created_at desc, id desc);
create index person_staff on person using gin (roles) where deactivated_at is null;

create table session (
  id uuid primary key,
  token_hash bytea not null unique,
  person_id uuid not null references person,
  created_at timestamptz not null default platform.now(),
  used_at timestamptz not null default platform.now(),
  expires_at timestamptz not null
);
create index session_person on session (person_id);

-- A right that is used up by using it: confirm an address, reset a password, accept an invitation, be the first admin.
create table link (
  token_hash bytea primary key,
  purpose text not null,
  person_id uuid references person,
  -- The address that the link was sent to.
  email text,
  expires_at timestamptz not null
);
create index link_person on link (person_id, purpose);

-- Tries within a window, by account or network address. Here, so that it holds across instances.
create table attempt (
  subject text primary key,
  count integer not null,
  resets_at timestamptz not null
);

create table audit (
  id uuid primary key default uuidv7(),
  at timestamptz not null default platform.now(),
  event text not null,
  person_id uuid,
  actor_id uuid,
  address text,
  detail text not null default ''
);
create index audit_person on audit (person_id, id desc);

-- Mails to be sent. The text holds links, so it goes when the mail has gone.
create table mail (
  id uuid primary key default uuidv7(),
  recipient text not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null default platform.now(),
  next_try_at timestamptz not null default platform.now(),
  tries integer not null default 0,
  sent_at timestamptz,
  last_error text
);
create index mail_waiting on mail (next_try_at) where sent_at is null;

create table signing_key (
  id text primary key,
  private_jwk jsonb not null,
  created_at timestamptz not null default platform.now(),
  retired_at timestamptz
);

-- What was revoked lately, for processes that start after it was said.
create table revocation (
  id uuid primary key default uuidv7(),
  at timestamptz not null default platform.now(),
  person_id uuid not null,
  credentials text[] not null
);

create table api_key (
  id uuid primary key,
  client_id uuid not null,
  name text not null,
  prefix text not null unique,
  secret_hash bytea not null,
  scopes text[] not null,
  created_by uuid not null,
  created_at timestamptz not null default platform.now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_key_client on api_key (client_id, created_at desc);

create table external_login (
  issuer text not null,
  subject text not null,
  person_id uuid not null references person,
  primary key (issuer, subject)
);

-- A single sign-on under way: what the answer must fit to.
create table sign_on (
  state_hash bytea primary key,
  browser_hash bytea not null,
  nonce text not null,
  code_verifier text not null,
  return_to text not null,
  expires_at timestamptz not null
);
