-- The Python sessions of projects that may have only so many. `state` is busy, idle or ending; `used_at` is when it became so, in
-- milliseconds by the clock of the database. A session may have ended without its row, which is then found to be idle.
create table python_sessions (
  project text not null, thread_id text not null, server text not null, state text not null, used_at integer not null,
  primary key (thread_id, server)
);
create index python_sessions_of_project on python_sessions (project);
