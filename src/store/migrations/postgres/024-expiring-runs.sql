-- Only runs that no worker holds are looked for by their time. Others are no entries of it now, and nothing else takes
-- it for an index of active runs: between two vacuums it has many that are not active any more.
drop index runs_active;
create index runs_expiring on runs (expires_at)
  where lease_owner is null and status in ('queued', 'in_progress', 'requires_action', 'cancelling');
