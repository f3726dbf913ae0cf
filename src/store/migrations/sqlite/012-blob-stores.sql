-- One row: which place of contents belongs to this database. The place carries the same id, so that a server whose files are
-- elsewhere is found. Until the id was written there (bound = 1) it is a proposal.
create table blob_stores (id text primary key, store_id text, bound integer not null);
insert into blob_stores (id, bound) values ('files', 0);
