-- Limits of stored bytes add up the files of a project.
create index files_bytes on files (project, expires_at, bytes) where removed = 0;
