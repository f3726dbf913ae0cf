-- The Python sessions of projects that may have only so many. `state` is busy, idle or ending; `used_at` is when it became so, in
-- milliseconds by the clock of the database. A session may have ended without its row, which is then found to be idle.
create table python_sessions (
  project text collate "C" not null, thread_id text collate "C" not null, server text collate "C" not null, state text collate "C" not null, used_at bigint not null,
  primary key (thread_id, server)
);
create index python_sessions_of_project on python_sessions (project);
