-- The thread for which a run waits while another one is active in it. Meanwhile its `losses` are -1, so that no server claims it,
-- also none of the version before, which does not know of `waits_for`.
alter table runs add column waits_for text;
create index runs_waiting_for_thread on runs (waits_for, seq) where waits_for is not null and status = 'queued';
