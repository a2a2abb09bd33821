create table orders (id text primary key, version integer not null);
