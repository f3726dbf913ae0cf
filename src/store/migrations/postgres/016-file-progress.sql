-- What is being done with a file in progress, as JSON. Null: nobody has noted anything.
alter table vector_store_files add column progress text;
