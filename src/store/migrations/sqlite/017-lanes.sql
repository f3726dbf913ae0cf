-- Places for runs go round between providers, and for each of them between projects.
drop index runs_waiting;
create index runs_waiting on runs (provider, project, seq)
  where lease_owner is null and losses = 0 and status in ('queued', 'in_progress', 'cancelling');
