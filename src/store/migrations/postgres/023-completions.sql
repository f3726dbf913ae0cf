-- Requests for models themselves that are under way, of projects that may use only so much. A server that is lost renews
-- `lives_until` no more, which is in milliseconds by the clock of the database.
create table completions_under_way (
  id text collate "C" primary key, project text collate "C" not null, api_key text collate "C" not null, lives_until bigint not null
);
create index completions_of_project on completions_under_way (project);
-- 1 when what is held may exceed a budget, which only one holder at a time may. `run_id` may be that of a completion.
alter table budget_holds add column exceeds bigint not null default 0;
alter table usage_counts add column api_key text collate "C" not null default '';
alter table usage_counts drop constraint usage_counts_pkey;
alter table usage_counts add primary key (project, kind, minute, model, api_key);
