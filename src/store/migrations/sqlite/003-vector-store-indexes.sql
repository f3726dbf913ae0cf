-- Files of a store are counted without reading their rows, and pages of them are cut along seq.
create index vector_store_files_counted on vector_store_files (vector_store_id, status, usage_bytes);
create index vector_store_files_of_store on vector_store_files (vector_store_id, seq);
create index vector_store_files_of_owner on vector_store_files (lease_owner) where lease_owner is not null;
create index file_batches_of_store on file_batches (vector_store_id);

-- How often indexing was broken off by an error or by the end of its process, since the file was put in.
alter table vector_store_files add column tries integer not null default 0;

-- A store that was deleted is out of sight at once, and its rows go in slices: there may be a million of them.
alter table vector_stores add column removed integer not null default 0;
create index vector_stores_removed on vector_stores (seq) where removed = 1;

-- To find out whether the bytes that a text was read from are still kept in any file.
alter table files add column sha256 text generated always as (json_extract(body, '$.sha256')) virtual;
create index files_of_content on files (project, sha256);
