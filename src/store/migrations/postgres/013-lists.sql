-- What the lists over all threads are narrowed by. The newest run of a thread, and the assistants that ran in it, are found
-- without reading the rows of runs. A request is read by its beginning, because PostgreSQL refuses to read JSON that has half of
-- a surrogate pair anywhere in it.
alter table runs add column assistant_id text collate "C" not null default '';
alter table runs add column model text collate "C" not null default '';
update runs set assistant_id = coalesce(substring(request from '^\{"assistant_id":"([^"\\]*)"'), ''),
    model = coalesce(substring(request from '^\{"assistant_id":"[^"\\]*","model":"([^"\\]*)"'), '')
  from run_requests where run_requests.request_number = runs.request_number;
drop index runs_of_thread;
create index runs_of_thread on runs (thread_id, seq, status, assistant_id);
create index runs_of_project on runs (project, seq, status, created_at, model);
create index runs_of_assistant on runs (project, assistant_id, seq, status);

-- The pairs of a run's metadata, as those of other objects. Runs are named by their place in the list.
create table run_metadata (
  run bigint not null references runs (seq) on delete cascade, key text collate "C" not null,
  value text collate "C" not null, primary key (run, key)
);
create index run_metadata_by_value on run_metadata (key, value, run);
do $$
declare
  one record;
begin
  for one in select seq, state from runs where state not like '%"metadata":{}%' loop
    begin
      insert into run_metadata (run, key, value)
        select one.seq, pair.key, pair.value from json_each_text(one.state::json -> 'metadata') as pair;
    exception when others then
      raise notice 'the metadata of run number % cannot be read, so the run is not found by it', one.seq;
    end;
  end loop;
end $$;

alter table threads add column created_at bigint not null default 0;
update threads set created_at = coalesce(substring(body from '^\{"created_at":(\d+)')::bigint, 0);
drop index threads_of_project;
create index threads_of_project on threads (project, seq, removed, created_at);

-- Messages are counted without reading them.
drop index messages_of_thread;
create index messages_of_thread on messages (thread_id, seq, withdrawn);

-- Where the text of a chunk begins in the text of its file. Null: it was cut before this was stored.
alter table chunks add column text_start bigint;
