-- What else was used than tokens of models: of each kind, so often and so much. `model` is '' where there is none.
create table usage_counts (
  project text not null, kind text not null, minute integer not null, model text not null, requests integer not null,
  amount integer not null, primary key (project, kind, minute, model)
);
