-- The sums of `usage_minutes` by months of UTC, so that a budget is compared with few rows. `month` is the time at which it
-- began, in Unix seconds.
create table usage_months (
  month integer not null, project text not null, model text not null, input_tokens integer not null,
  cached_tokens integer not null, output_tokens integer not null, reasoning_tokens integer not null,
  primary key (month, project, model)
);
insert into usage_months
  select cast(strftime('%s', minute, 'unixepoch', 'start of month') as integer) as month, project, model, sum(input_tokens),
    sum(cached_tokens), sum(output_tokens), sum(reasoning_tokens)
  from usage_minutes group by 1, project, model;
-- What the ended runs of a thread have used.
create table usage_threads (
  thread_id text not null, model text not null, input_tokens integer not null, cached_tokens integer not null,
  output_tokens integer not null, reasoning_tokens integer not null, primary key (thread_id, model)
);
-- `project` is '' for one of the whole organization, `kind` is by which resource it is read and written, `unit` is 'tokens' or
-- 'cents', `action` is 'stop' or 'alert', `currency` is '' for tokens, and `channel` says in JSON who is to be told.
create table budgets (
  seq integer primary key, id text not null unique, project text not null, kind text not null, scope text not null,
  unit text not null, threshold integer not null, action text not null, currency text not null,
  created_at integer not null, channel text not null
);
create index budgets_of_project on budgets (project, kind, seq);
-- What was told of a budget, once for each month, and for each thread or run where it is of those ('' otherwise).
create table budget_alerts (
  budget text not null, month integer not null, subject text not null, primary key (budget, month, subject)
);
-- What the turns under way may use at most, so that those of several runs together keep to a budget. `answered` is 1 when the model
-- has answered: then it is what was used, and it is counted as soon as the calls of the turn have ended.
create table budget_holds (
  run_id text primary key, project text not null, model text not null, input_tokens integer not null,
  cached_tokens integer not null, output_tokens integer not null, reasoning_tokens integer not null, answered integer not null
);
