-- Places for runs go round between the providers of their models. A run from before has none.
alter table runs add column provider text not null default '';
-- Attempts that were lost with their server since the run last got on; of these, those that nothing else can have ended;
-- and whether it is being tried by itself at the moment.
alter table runs add column losses integer not null default 0;
alter table runs add column blamed integer not null default 0;
alter table runs add column on_trial integer not null default 0;
-- What a server has let go of has no owner any more.
update runs set lease_owner = null where lease_until = 0;
drop index runs_to_do;
drop index runs_leased;
create index runs_waiting on runs (provider, seq)
  where lease_owner is null and losses = 0 and status in ('queued', 'in_progress', 'cancelling');
create index runs_suspected on runs (blamed, seq) where lease_owner is null and losses > 0;

-- Places for files go round between vector stores. `bytes` is the file's size: small ones go first.
alter table vector_store_files add column bytes integer not null default 0;
update vector_store_files set bytes = coalesce(
  (select files.bytes from files where files.id = vector_store_files.id), 0);
alter table vector_store_files add column losses integer not null default 0;
alter table vector_store_files add column blamed integer not null default 0;
alter table vector_store_files add column on_trial integer not null default 0;
-- A run does not begin before it is read.
alter table vector_store_files add column awaited integer not null default 0;
drop index vector_store_files_to_do;
-- Small files first, and none waits for ever: with each file that comes after it, a file is worth 4 KB less.
create index vector_store_files_waiting on vector_store_files (vector_store_id, seq + bytes / 4096)
  where status = 'in_progress' and lease_owner is null and losses = 0;
create index vector_store_files_awaited on vector_store_files (vector_store_id, seq + bytes / 4096)
  where status = 'in_progress' and lease_owner is null and losses = 0 and awaited = 1;
create index vector_store_files_suspected on vector_store_files (blamed, seq)
  where status = 'in_progress' and lease_owner is null and losses > 0;
