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

-- `terms`: its length in words of the index; `overlap`: how many characters at its start the chunk before it has too.
create table chunks (
  id integer primary key autoincrement, vector_store_id text not null, file_id text not null, ord integer not null,
  text text not null, tokens integer not null, terms integer not null, overlap integer not null default 0,
  page_start integer, page_end integer, heading text,
  foreign key (vector_store_id, file_id) references vector_store_files (vector_store_id, id) on delete cascade
);
create index chunks_of_file on chunks (vector_store_id, file_id, ord);
create index chunks_of_store on chunks (vector_store_id, id);

-- What is indexed per file rather than per chunk: the words of its name and title.
create table chunk_files (
  vector_store_id text not null, file_id text not null, terms text not null,
  primary key (vector_store_id, file_id),
  foreign key (vector_store_id, file_id) references vector_store_files (vector_store_id, id) on delete cascade
) without rowid;

-- The text index, of each store by itself: docs/decisions/0004-search.md. A segment holds the words of a range of
-- chunks, which no other segment of the store cuts into; `alive` of its `chunks` are still there.
create table text_segments (
  id integer primary key autoincrement,
  vector_store_id text not null references vector_stores (id) on delete cascade,
  first_chunk integer not null, last_chunk integer not null, chunks integer not null, alive integer not null,
  languages text not null
);
create index text_segments_of_store on text_segments (vector_store_id, first_chunk);
-- With a rowid: rows of a table without one have to be small, or its tree grows deep.
create table text_pages (
  id integer primary key, segment integer not null references text_segments (id) on delete cascade,
  first_term text not null, entries blob not null
);
create unique index text_pages_of_segment on text_pages (segment, first_term);
create trigger chunks_leave_their_segment after delete on chunks begin
  update text_segments set alive = alive - 1 where id = (
    select id from text_segments where vector_store_id = old.vector_store_id and first_chunk <= old.id
    order by first_chunk desc limit 1);
end;
create trigger text_segments_end after update of alive on text_segments when new.alive <= 0 begin
  delete from text_segments where id = new.id;
end;

-- Moves on with everything but chunks that come: what searches keep in memory of a store is read again.
create table search_versions (
  vector_store_id text primary key references vector_stores (id) on delete cascade, version integer not null
) without rowid;
create trigger attributes_change_the_search after update of attributes on vector_store_files begin
  update search_versions set version = version + 1 where vector_store_id = new.vector_store_id;
end;
create trigger chunk_files_leave_the_search after delete on chunk_files begin
  update search_versions set version = version + 1 where vector_store_id = old.vector_store_id;
end;

-- float32, in the space of one model; a store has one space at a time.
create table chunk_vectors (
  chunk_id integer not null references chunks (id) on delete cascade, model text not null, vector blob not null,
  primary key (chunk_id, model)
) without rowid;
create table vector_spaces (
  vector_store_id text primary key references vector_stores (id) on delete cascade,
  model text not null, dimensions integer not null
) without rowid;

-- The same text is embedded once.
create table embeddings (
  project text not null, model text not null, text_sha256 text not null, vector blob not null,
  primary key (project, model, text_sha256)
);
