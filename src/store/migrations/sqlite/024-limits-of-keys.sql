-- The key that has stored something, for its limits. '' for what was stored before, or comes from elsewhere.
alter table files add column api_key text not null default '';
create index files_bytes_of_key on files (api_key, expires_at, bytes) where removed = 0;
alter table uploads add column api_key text not null default '';
alter table vector_store_files add column api_key text not null default '';
create index vector_store_files_of_key on vector_store_files (api_key) where api_key <> '';
alter table python_sessions add column api_key text not null default '';
