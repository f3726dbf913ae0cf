-- What was deleted is out of sight at once, and its rows go in slices: there may be a million of them.
alter table threads add column removed integer not null default 0;
create index threads_removed on threads (seq) where removed = 1;
alter table files add column removed integer not null default 0;
create index files_removed on files (seq) where removed = 1;
create index vector_store_files_removed on vector_store_files (seq) where status = 'removed';

-- When somebody last said or asked something in a thread. For those of before, from now on.
alter table threads add column active_at integer not null default 0;
update threads set active_at = unixepoch();
create index threads_by_activity on threads (active_at) where removed = 0;

-- What is asked of files by SQL has columns of its own.
drop index files_of_content;
alter table files drop column sha256;
alter table files add column filename text not null default '';
alter table files add column bytes integer not null default 0;
alter table files add column sha256 text not null default '';
alter table files add column created_at integer not null default 0;
update files set filename = json_extract(body, '$.filename'), bytes = json_extract(body, '$.bytes'),
  sha256 = json_extract(body, '$.sha256'), created_at = json_extract(body, '$.created_at');
create index files_of_content on files (project, sha256);
create index files_by_age on files (created_at) where removed = 0;

-- Written to find out whether the database takes writes.
create table health_checks (id integer primary key, at integer not null);

create index runs_by_end on runs (finished_at) where finished_at is not null;
