-- What a project or a key may do at most. `owner` is the id of either, `model` the served name or '' for all together.
create table limits (
  owner text not null, model text not null default '', name text not null, value integer not null,
  primary key (owner, name, model)
);
-- How much of a limit per minute is used: `full_at` is the time, in microseconds by the clock of the database, at which all of it
-- is there again. It is at most a minute ahead, and further where more was used than there was.
create table rate_buckets (id text primary key, full_at integer not null);
