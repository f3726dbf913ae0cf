-- A place is one of a project's list: whoever knows the id of something else finds none by it. Of the rows from before
-- nobody knows whose they are; a client that pages while it deletes has ended since.
delete from tombstones;
alter table tombstones add column project text not null default '';
alter table tombstones add column list text not null default '';
-- Of a file that left its store because it was deleted itself.
alter table tombstones add column with_file integer not null default 0;

-- The pairs of metadata once more, as those of threads, so that objects can be found by them.
create table assistant_metadata (
  assistant_id text not null references assistants (id) on delete cascade, key text not null, value text not null,
  primary key (assistant_id, key)
);
create index assistant_metadata_by_value on assistant_metadata (key, value, assistant_id);
insert into assistant_metadata (assistant_id, key, value)
  select assistants.id, pair.key, pair.value from assistants, json_each(body, '$.metadata') as pair;
create table vector_store_metadata (
  vector_store_id text not null references vector_stores (id) on delete cascade, key text not null,
  value text not null, primary key (vector_store_id, key)
);
create index vector_store_metadata_by_value on vector_store_metadata (key, value, vector_store_id);
insert into vector_store_metadata (vector_store_id, key, value)
  select vector_stores.id, pair.key, pair.value from vector_stores, json_each(body, '$.metadata') as pair;
