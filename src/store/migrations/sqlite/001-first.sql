-- seq is the order of creation: two objects of one second keep it, and pages are cut along it.
create table assistants (
  seq integer primary key autoincrement, id text not null unique, project text not null, body text not null
);
create index assistants_of_project on assistants (project, seq);

create table threads (
  seq integer primary key autoincrement, id text not null unique, project text not null, body text not null
);
create index threads_of_project on threads (project, seq);
create table thread_metadata (
  thread_id text not null references threads (id) on delete cascade, key text not null, value text not null,
  primary key (thread_id, key)
);
create index thread_metadata_by_value on thread_metadata (key, value, thread_id);

create table messages (
  seq integer primary key autoincrement, id text not null unique, project text not null,
  thread_id text not null references threads (id) on delete cascade, run_id text, body text not null
);
create index messages_of_thread on messages (thread_id, seq);
create index messages_of_run on messages (run_id, seq) where run_id is not null;

-- The run row is the job. `request` never changes after creation, `state` does.
create table runs (
  seq integer primary key autoincrement, id text not null unique, project text not null,
  thread_id text not null references threads (id) on delete cascade,
  status text not null, created_at integer not null, expires_at integer not null,
  cancel_requested integer not null default 0,
  attempt integer not null default 0, lease_owner text, lease_until integer,
  last_event integer not null default 0, finished_at integer, deltas_dropped integer not null default 0,
  request text not null, state text not null
);
create index runs_of_thread on runs (thread_id, seq);
create unique index one_active_run on runs (thread_id)
  where status in ('queued', 'in_progress', 'requires_action', 'cancelling');
create index runs_to_do on runs (seq) where status = 'queued';
create index runs_active on runs (status, expires_at)
  where status in ('queued', 'in_progress', 'requires_action', 'cancelling');
create index runs_with_deltas on runs (finished_at) where finished_at is not null and deltas_dropped = 0;
-- Without these two, finding lost leases and renewing one's own read every run there ever was.
create index runs_leased on runs (lease_until) where lease_until is not null;
create index runs_of_owner on runs (lease_owner) where lease_owner is not null;

create table run_steps (
  seq integer primary key autoincrement, id text not null unique, project text not null,
  run_id text not null references runs (id) on delete cascade, status text not null, body text not null
);
create index steps_of_run on run_steps (run_id, seq);

create table run_events (
  run_id text not null references runs (id) on delete cascade, seq integer not null, attempt integer not null,
  event text not null, data text not null, primary key (run_id, seq)
) without rowid;

create table files (
  seq integer primary key autoincrement, id text not null unique, project text not null, purpose text not null,
  expires_at integer, body text not null
);
create index files_expiring on files (expires_at) where expires_at is not null;
create index files_of_project on files (project, seq);

create table uploads (
  seq integer primary key autoincrement, id text not null unique, project text not null, status text not null,
  expires_at integer not null, body text not null
);
create index uploads_pending on uploads (expires_at) where status = 'pending';
create table upload_parts (
  id text primary key, upload_id text not null references uploads (id) on delete cascade,
  bytes integer not null, created_at integer not null
);
create index parts_of_upload on upload_parts (upload_id);

-- What the code interpreter wrote below /mnt/data of a thread, newest version of each path.
create table sandbox_files (
  thread_id text not null references threads (id) on delete cascade, path text not null, file_id text not null,
  primary key (thread_id, path)
);

-- The place of what was deleted, so that a page can go on from a cursor that is gone.
create table tombstones (id text primary key, seq integer not null);
