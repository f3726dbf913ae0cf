-- What the lists over all threads are narrowed by. The newest run of a thread, and the assistants that ran in it, are found
-- without reading the rows of runs.
alter table runs add column assistant_id text not null default '';
alter table runs add column model text not null default '';
update runs set assistant_id = asked.assistant_id, model = asked.model
  from (select request_number, json_extract(request, '$.assistant_id') as assistant_id,
    json_extract(request, '$.model') as model from run_requests) as asked
  where asked.request_number = runs.request_number;
drop index runs_of_thread;
create index runs_of_thread on runs (thread_id, seq, status, assistant_id);
create index runs_of_project on runs (project, seq, status, created_at, model);
create index runs_of_assistant on runs (project, assistant_id, seq, status);

-- The pairs of a run's metadata, as those of other objects. Runs are named by their place in the list.
create table run_metadata (
  run integer not null references runs (seq) on delete cascade, key text not null, value text not null,
  primary key (run, key)
) without rowid;
create index run_metadata_by_value on run_metadata (key, value, run);
insert into run_metadata (run, key, value)
  select runs.seq, pair.key, pair.value from runs, json_each(state, '$.metadata') as pair;

alter table threads add column created_at integer not null default 0;
update threads set created_at = json_extract(body, '$.created_at');
drop index threads_of_project;
create index threads_of_project on threads (project, seq, removed, created_at);

-- Messages are counted without reading them.
drop index messages_of_thread;
create index messages_of_thread on messages (thread_id, seq, withdrawn);

-- Where the text of a chunk begins in the text of its file. Null: it was cut before this was stored.
alter table chunks add column text_start integer;
