-- Secret of this installation: fingerprints of triangles are sums that nobody outside can aim at.
create table shape_seed (
  only_one boolean primary key default true check (only_one),
  seed bytea not null check (length(seed) = 16)
);

-- What the model of a file is known by, beside its report: its triangles in any order, and its shape (docs/same-model.md).
create table shape (
  sha256 text not null,
  kernel_version text not null,
  fingerprint text not null,
  triangles integer not null,
  -- Null below: there is no body to describe. `vector`, `distances` and `walls` are as in geometry/shape/describe-shape.ts.
  log_area double precision,
  vector double precision[],
  chirality double precision,
  distances real[],
  walls real[],
  -- Frame and points of the surface (geometry/shape/outline.ts).
  outline bytea,
  -- When to compare it with its likes; null: that is done, or there is nothing to compare.
  compare_after timestamptz,
  compare_attempts integer not null default 0,
  primary key (sha256, kernel_version)
);
create index shape_fingerprint on shape (fingerprint, triangles);
create index shape_size on shape (kernel_version, log_area) where vector is not null;
-- By volume / √area³, which finds similar ones whatever their size.
create index shape_fullness on shape (kernel_version, (vector[1])) where vector is not null;
create index shape_compare on shape (compare_after) where compare_after is not null;

-- Two files whose shapes were laid on one another and fit; each pair stands in both directions.
create table shape_match (
  sha256 text not null,
  other text not null,
  kernel_version text not null,
  mirrored boolean not null,
  -- What a length of `sha256` is multiplied by to get that of `other`: 25.4 when inches were taken for millimetres.
  scale double precision not null,
  -- Share of the points compared that lie on the other's surface.
  fit double precision not null,
  primary key (sha256, kernel_version, other)
);
create index shape_match_other on shape_match (other);
