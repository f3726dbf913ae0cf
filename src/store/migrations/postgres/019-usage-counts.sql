-- What else was used than tokens of models: of each kind, so often and so much. `model` is '' where there is none.
create table usage_counts (
  project text collate "C" not null, kind text collate "C" not null, minute bigint not null, model text collate "C" not null, requests bigint not null,
  amount bigint not null, primary key (project, kind, minute, model)
);
