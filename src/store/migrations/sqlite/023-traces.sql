-- What programs have told of their own work. Their ids are given by whoever sends them, so they are unique in a project only.
-- Times of spans are in milliseconds, null where none was sent. `shown` is what the list says of the spans, in JSON.
create table traces (
  seq integer primary key, id text not null, project text not null, created_at integer not null,
  workflow_name text, group_id text, started_at integer, ended_at integer,
  spans integer not null default 0, errors integer not null default 0, dropped integer not null default 0,
  body text not null, shown text not null, removed integer not null default 0
);
create unique index traces_of_project on traces (project, id) where removed = 0;
create index traces_by_number on traces (project, removed, seq);
create index traces_by_time on traces (created_at) where removed = 0;
create index traces_removed on traces (seq) where removed = 1;
create table trace_spans (
  seq integer primary key, id text not null, project text not null,
  trace integer not null references traces (seq) on delete cascade,
  type text not null, name text, response_id text, started_at integer, ended_at integer, failed integer not null,
  body text not null
);
create unique index spans_of_trace on trace_spans (trace, id);
create index spans_of_trace_by_number on trace_spans (trace, seq);
create index spans_of_response on trace_spans (response_id) where response_id is not null;
