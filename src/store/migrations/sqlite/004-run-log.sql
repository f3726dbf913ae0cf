-- What runs are asked to do: many are asked the same, and instructions may be long, so each request is kept once.
create table run_requests (
  request_number integer primary key, request_project text not null, request_sha256 text not null,
  request text not null, unique (request_project, request_sha256)
);
-- Requests from before have no hash: a mark that no hash can be stands for it.
insert into run_requests (request_project, request_sha256, request)
  select project, 'first of ' || min(id), request from runs group by project, request;
create index requests_by_text on run_requests (request_project, request);
alter table runs add column request_number integer references run_requests (request_number);
update runs set request_number = (
  select found.request_number from run_requests found
  where found.request_project = runs.project and found.request = runs.request);
drop index requests_by_text;
alter table runs drop column request;
create index runs_of_request on runs (request_number);

-- A message that its run took back: out of the thread, and kept for the replay of the run.
alter table messages add column withdrawn integer not null default 0;

-- An event says which row it tells of and what of that row was otherwise then; the row has the rest. `subject` is 'run',
-- or the id of a step or message of the run; without one, `data` is the whole event, as it is for deltas. With a rowid:
-- the rows of a table without one have to be small.
create table run_log (
  run integer not null references runs (seq) on delete cascade, seq integer not null, attempt integer not null,
  event text not null, subject text, data text not null, primary key (run, seq)
);
insert into run_log (run, seq, attempt, event, subject, data)
  select runs.seq, run_events.seq, run_events.attempt, event,
    case
      when event like '%.delta' or event = 'thread.created' then null
      when event like 'thread.run.step.%' then json_extract(data, '$.id')
      when event like 'thread.message.%' then messages.id
      else 'run'
    end,
    case
      when event like '%.delta' or event = 'thread.created' then data
      when event like 'thread.run.step.%' then json_remove(data, '$.id', '$.object', '$.created_at', '$.run_id',
        '$.assistant_id', '$.thread_id', '$.type', '$.status', '$.expires_at', '$.step_details', '$.metadata')
      when event like 'thread.message.%' and messages.id is null then data
      when event like 'thread.message.%' then json_remove(data, '$.id', '$.object', '$.created_at', '$.assistant_id',
        '$.thread_id', '$.run_id', '$.status', '$.role', '$.content', '$.attachments')
      else json_remove(data, '$.id', '$.object', '$.created_at', '$.assistant_id', '$.thread_id', '$.status',
        '$.expires_at', '$.model', '$.instructions', '$.tools', '$.tool_resources', '$.temperature', '$.top_p',
        '$.reasoning_effort', '$.max_completion_tokens', '$.max_prompt_tokens', '$.truncation_strategy',
        '$.response_format', '$.tool_choice', '$.parallel_tool_calls')
    end
  from run_events join runs on runs.id = run_events.run_id
  left join messages on event like 'thread.message.%' and event not like '%.delta'
    and messages.id = json_extract(data, '$.id')
  order by runs.seq, run_events.seq;
drop table run_events;
