-- The API through which a run came, and the run whose conversation it goes on with, where that is a run and not a thread.
alter table runs add column api text not null default 'assistants';
alter table runs add column previous text;
-- 0 for a run that is not to be found by its caller, and is deleted soon after its end.
alter table runs add column stored integer not null default 1;
create index runs_not_stored on runs (finished_at) where stored = 0;
create index runs_after on runs (previous) where previous is not null;
drop index runs_of_project;
create index runs_of_project on runs (project, api, seq, status, created_at, model);

-- A run may belong to no thread.
drop index one_active_run;
drop index runs_of_thread;
alter table runs rename column thread_id to former_thread_id;
alter table runs add column thread_id text references threads (id) on delete cascade;
update runs set thread_id = former_thread_id;
alter table runs drop column former_thread_id;
create unique index one_active_run on runs (thread_id)
  where status in ('queued', 'in_progress', 'requires_action', 'cancelling');
create index runs_of_thread on runs (thread_id, seq, status, api, assistant_id);

-- What was said and called in a run that has no messages and steps. `part` tells input from output; 'withdrawn' is what broke
-- off and was said again, 'hidden' what only the model knows of. `output_index` is null for input.
create table items (
  seq integer primary key, id text not null, project text not null,
  run integer not null references runs (seq) on delete cascade, part text not null, output_index integer,
  body text not null
);
create index items_of_run on items (run, seq);
create unique index items_in_run on items (run, id);
create index items_by_id on items (id, project);

-- The keys with which servers seal what callers keep for them. `key` has 32 bytes as base64.
create table sealing_keys (id text primary key, key text not null);
