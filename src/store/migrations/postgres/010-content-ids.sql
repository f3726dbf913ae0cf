-- The id under which the content of a file is stored, where it is not the file's own. Null: it is.
alter table files add column content_id text;
create index files_content on files (content_id) where content_id is not null;
