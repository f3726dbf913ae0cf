create table vector_stores (
  seq integer primary key autoincrement, id text not null unique, project text not null,
  expires_at integer, body text not null
);
create index vector_stores_of_project on vector_stores (project, seq);
create index vector_stores_expiring on vector_stores (expires_at) where expires_at is not null;

create table file_batches (
  seq integer primary key autoincrement, id text not null unique, project text not null,
  vector_store_id text not null references vector_stores (id) on delete cascade, body text not null
);

-- One row per file of a store; `id` is the file's. The row is the job of indexing it: lease and attempt as for runs.
create table vector_store_files (
  seq integer primary key autoincrement, id text not null, project text not null,
  vector_store_id text not null references vector_stores (id) on delete cascade,
  batch_id text, status text not null, created_at integer not null, usage_bytes integer not null default 0,
  attempt integer not null default 0, lease_owner text, lease_until integer, retry_at integer,
  attributes text not null, chunking text not null, last_error text, warnings text,
  unique (vector_store_id, id)
);
create index vector_store_files_of_batch on vector_store_files (batch_id, seq) where batch_id is not null;
create index vector_store_files_to_do on vector_store_files (seq) where status = 'in_progress';
create index vector_store_files_of_file on vector_store_files (id);

-- What was read out of a file: kept by its bytes, so that the same bytes are read once.
create table extractions (
  project text not null, sha256 text not null, version integer not null, parts text not null,
  primary key (project, sha256, version)
);

create table chunks (
  id integer primary key autoincrement, vector_store_id text not null, file_id text not null, ord integer not null,
  text text not null, tokens integer not null, page_start integer, page_end integer, heading text,
  foreign key (vector_store_id, file_id) references vector_store_files (vector_store_id, id) on delete cascade
);
create index chunks_of_file on chunks (vector_store_id, file_id, ord);

-- `body` is our analyzer's tokens joined by spaces, `store` a token that names the store.
create virtual table chunk_index using fts5 (
  body, store, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0'
);
create trigger chunks_leave_the_index after delete on chunks begin
  delete from chunk_index where rowid = old.id;
end;

-- float32, in the space of one model; a store has one space at a time.
create table chunk_vectors (
  chunk_id integer not null references chunks (id) on delete cascade, model text not null, vector blob not null,
  primary key (chunk_id, model)
);

-- The same text is embedded once.
create table embeddings (
  project text not null, model text not null, text_sha256 text not null, vector blob not null,
  primary key (project, model, text_sha256)
);
