-- Requests for models themselves that are under way, of projects that may use only so much. A server that is lost renews
-- `lives_until` no more, which is in milliseconds by the clock of the database.
create table completions_under_way (
  id text primary key, project text not null, api_key text not null, lives_until integer not null
);
create index completions_of_project on completions_under_way (project);
-- 1 when what is held may exceed a budget, which only one holder at a time may. `run_id` may be that of a completion.
alter table budget_holds add column exceeds integer not null default 0;
-- The part of `usage_counts` that is of a key. The whole stays there, for servers of the version before, which count only there.
create table usage_counts_of_keys (
  project text not null, kind text not null, minute integer not null, model text not null, api_key text not null,
  requests integer not null, amount integer not null, primary key (project, kind, minute, model, api_key)
);
