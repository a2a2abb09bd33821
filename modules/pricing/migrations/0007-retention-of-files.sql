create index model_age on model (uploaded_at);

-- Files of which no upload is left, until they are removed. Whoever uploads the same bytes meanwhile is asked under a lock.
create table unwanted_file (
  sha256 text primary key,
  at timestamptz not null default platform.now()
);
