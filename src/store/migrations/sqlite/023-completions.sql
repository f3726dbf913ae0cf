-- Requests for models themselves that are under way, of projects that may use only so much. A server that is lost renews
-- `lives_until` no more, which is in milliseconds by the clock of the database.
create table completions_under_way (
  id text primary key, project text not null, api_key text not null, lives_until integer not null
);
create index completions_of_project on completions_under_way (project);
-- 1 when what is held may exceed a budget, which only one holder at a time may. `run_id` may be that of a completion.
alter table budget_holds add column exceeds integer not null default 0;
create table usage_counts_by_key (
  project text not null, kind text not null, minute integer not null, model text not null, api_key text not null,
  requests integer not null, amount integer not null, primary key (project, kind, minute, model, api_key)
);
insert into usage_counts_by_key select project, kind, minute, model, '', requests, amount from usage_counts;
drop table usage_counts;
alter table usage_counts_by_key rename to usage_counts;
