-- The key that has stored something, for its limits. What was stored before, or comes from elsewhere, is of none. These are tables of
-- their own, because servers of the version before read all columns of files, uploads and vector_store_files: PostgreSQL refuses
-- such a statement once on each connection that has prepared it, when there is a column more.
create table files_of_keys (
  file_id text primary key references files (id) on delete cascade, api_key text not null
);
create index files_of_key on files_of_keys (api_key, file_id);
create table uploads_of_keys (
  upload_id text primary key references uploads (id) on delete cascade, api_key text not null
);
create index uploads_of_key on uploads_of_keys (api_key, upload_id);
create table vector_store_files_of_keys (
  file integer primary key references vector_store_files (seq) on delete cascade, api_key text not null
);
create index vector_store_files_of_key on vector_store_files_of_keys (api_key, file);
alter table python_sessions add column api_key text not null default '';
