-- What a project or a key may do at most. `owner` is the id of either, `model` the served name or '' for all together.
create table limits (
  owner text collate "C" not null, model text collate "C" not null default '', name text collate "C" not null, value bigint not null,
  primary key (owner, name, model)
);
-- How much of a limit per minute is used: `full_at` is the time, in microseconds by the clock of the database, at which all of it
-- is there again. It is at most a minute ahead, and further where more was used than there was.
create table rate_buckets (id text collate "C" primary key, full_at bigint not null);
