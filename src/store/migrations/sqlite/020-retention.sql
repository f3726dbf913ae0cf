-- When everything of an archived project was erased. Its row stays, because what was used in it stays in the sums.
alter table projects add column erased_at integer;
create index projects_to_erase on projects (archived_at) where archived_at is not null and erased_at is null;
-- Runs whose log has no deltas any more, and 2 in `deltas_dropped` when it has only its last event.
create index runs_with_log on runs (finished_at) where finished_at is not null and deltas_dropped = 1;
