-- Runs that wait for a thread while another one is active in it. Meanwhile the `losses` of such a run are -1, so that no server claims
-- it, also none of the version before, which knows nothing of this table.
create table waiting_runs (
  run bigint primary key references runs (seq) on delete cascade, thread_id text collate "C" not null
);
create index waiting_runs_of_thread on waiting_runs (thread_id, run);
