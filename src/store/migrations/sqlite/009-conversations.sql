-- The newest message of the thread when the run began: where its calls stand in the conversation, also where it came to no
-- message of its own. Null: it is placed by its time.
alter table runs add column after_message text;
update runs set after_message = (
  select messages.id from messages
  where messages.thread_id = runs.thread_id and (messages.run_id is null or messages.run_id <> runs.id)
    and json_extract(messages.body, '$.created_at') <= runs.created_at
  order by messages.seq desc limit 1);
