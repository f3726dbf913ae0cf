-- What programs leave belongs to a sandbox: that of a thread, whose id it has, or that of containers, which has the id of the
-- first of them. `source` is user for what was put there, and assistant for what programs have left.
--
-- `thread_id` is the id of the sandbox in these tables and in python_sessions, and sandbox_outputs has every File that was made in
-- a sandbox, also those whose place another one has taken. The names stay as they are for servers of the version before.
create table sandbox_paths (
  thread_id text not null, path text not null, file_id text not null, source text not null default 'assistant',
  primary key (thread_id, path)
);
insert into sandbox_paths (thread_id, path, file_id) select thread_id, path, file_id from sandbox_files;
drop table sandbox_files;
alter table sandbox_paths rename to sandbox_files;
create table sandbox_contents (
  thread_id text not null, file_id text not null, source text not null default 'assistant', primary key (thread_id, file_id)
) without rowid;
insert into sandbox_contents (thread_id, file_id) select thread_id, file_id from sandbox_outputs;
drop table sandbox_outputs;
alter table sandbox_contents rename to sandbox_outputs;

-- Where programs run for callers who name the place. `expires_at` is `last_active_at` and the minutes of `expires_after`, in seconds;
-- `sessions` is how many Python sessions there were, and `session_server` the server that had the last one.
create table containers (
  seq integer primary key autoincrement, id text not null unique, project text not null, sandbox text not null,
  name text not null, created_at integer not null, last_active_at integer not null, minutes integer not null,
  expires_at integer not null, memory_limit text not null, sessions integer not null default 0, session_server text
);
create index containers_of_project on containers (project, seq);
create index containers_of_sandbox on containers (sandbox, seq);
create index containers_by_expiry on containers (expires_at);
