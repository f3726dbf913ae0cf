-- What each run has used, kept after the run itself. `minute` is Unix time in seconds, and '' stands for no key.
create table usage_entries (
  seq integer primary key, project text not null, minute integer not null, api_key text not null default '', model text not null,
  assistant_id text not null, requests integer not null, input_tokens integer not null, cached_tokens integer not null,
  output_tokens integer not null, reasoning_tokens integer not null
);
-- The sums of older entries. Runs that end at the same time would wait for each other if they counted here.
create table usage_minutes (
  project text not null, minute integer not null, api_key text not null default '', model text not null,
  assistant_id text not null, requests integer not null, input_tokens integer not null, cached_tokens integer not null,
  output_tokens integer not null, reasoning_tokens integer not null,
  primary key (project, minute, api_key, model, assistant_id)
);
create index usage_entries_by_minute on usage_entries (project, minute);
