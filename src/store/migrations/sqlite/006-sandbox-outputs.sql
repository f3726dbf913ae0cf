-- Every File that the programs of a thread have left, also those whose place another one has taken: what they take together
-- is limited.
create table sandbox_outputs (
  thread_id text not null references threads (id) on delete cascade, file_id text not null,
  primary key (thread_id, file_id)
) without rowid;
insert into sandbox_outputs (thread_id, file_id) select distinct thread_id, file_id from sandbox_files;
