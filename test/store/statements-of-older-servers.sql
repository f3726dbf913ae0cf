-- What servers of the version before migration 023 say of the tables that have changed since, with values in place of `?`.
insert into threads (id, project, active_at, body) values ('thread_1', 'p', 1, '{}');

insert into files (id, project, purpose, expires_at, filename, bytes, sha256, created_at, content_id, body)
     values ('file-1', 'p', 'assistants_output', null, 'a.txt', 5, 'hash', 1, null, '{}');

insert into uploads (id, project, status, expires_at, body) values ('upload_1', 'p', 'pending', 4000000000, '{"bytes":7}');

insert into vector_stores (id, project, body) values ('vs_1', 'p', '{}');

insert into vector_store_files
  (id, project, vector_store_id, batch_id, status, created_at, attributes, chunking, bytes)
  values ('file-1', 'p', 'vs_1', null, 'in_progress', 1, '{}', '{}', coalesce((select bytes from files where id = 'file-1'), 0))
  on conflict (vector_store_id, id) do update set batch_id = excluded.batch_id, status = 'in_progress',
  created_at = excluded.created_at, usage_bytes = 0,
  attempt = vector_store_files.attempt + 1, lease_owner = null, lease_until = null, progress = null, retry_at = null, tries = 0,
  losses = 0, blamed = 0, on_trial = 0, awaited = 0, bytes = excluded.bytes, attributes = excluded.attributes,
  chunking = excluded.chunking, last_error = null, warnings = null;

insert into sandbox_files (thread_id, path, file_id) values ('thread_1', 'a.txt', 'file-0')
     on conflict (thread_id, path) do update set file_id = excluded.file_id;

insert into sandbox_files (thread_id, path, file_id) values ('thread_1', 'a.txt', 'file-1')
     on conflict (thread_id, path) do update set file_id = excluded.file_id;

insert into sandbox_outputs (thread_id, file_id) values ('thread_1', 'file-1');

insert into sandbox_files (thread_id, path, file_id)
     select 'thread_2', path, file_id from sandbox_files join files on files.id = file_id
     where thread_id = 'thread_1' and files.removed = 0 and files.created_at <= 9;

delete from sandbox_files where thread_id = 'thread_2' and path in
     (select path from sandbox_files where thread_id = 'thread_2' order by path limit 10 + 0);

insert into python_sessions (project, thread_id, server, state, used_at) values ('p', 'thread_1', 'old', 'busy', 1)
     on conflict (thread_id, server) do update set state = excluded.state, used_at = excluded.used_at;

update python_sessions set state = 'idle', used_at = 2 where thread_id = 'thread_1' and server = 'old';

insert into usage_counts (project, kind, minute, model, requests, amount) values ('p', 'embeddings', 60, 'e', 1, 10)
     on conflict (project, kind, minute, model) do update set
       requests = usage_counts.requests + 1, amount = usage_counts.amount + excluded.amount;

insert into usage_counts (project, kind, minute, model, requests, amount) values ('p', 'embeddings', 60, 'e', 1, 10)
     on conflict (project, kind, minute, model) do update set
       requests = usage_counts.requests + 1, amount = usage_counts.amount + excluded.amount;

insert into budget_holds (run_id, project, answered, model, input_tokens, cached_tokens, output_tokens, reasoning_tokens)
     values ('run_1', 'p', 0, 'm', 1, 0, 1, 0)
     on conflict (run_id) do update set answered = excluded.answered, model = excluded.model,
       input_tokens = excluded.input_tokens, cached_tokens = excluded.cached_tokens,
       output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens;

insert into run_requests (request_project, request_sha256, request) values ('p', 'sha', '{"model":"m"}');

insert into runs (id, project, thread_id, provider, status, created_at, expires_at, request_number, state, last_event,
       attempt, lease_owner, lease_until, finished_at, deltas_dropped, assistant_id, model, api_key, api, previous, stored,
       copied_from, after_message)
     select 'run_1', 'p', 'thread_1', 'old', 'queued', 1, 4000000000, request_number, '{}', 0, 0, null, null, null, 0, 'asst_1', 'm', '',
       'assistants', null, 1, null,
       (select id from messages where thread_id = 'thread_1' and withdrawn = 0 order by seq desc limit 1)
     from run_requests where request_project = 'p' and request_sha256 = 'sha';
