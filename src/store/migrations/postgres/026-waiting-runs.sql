-- The thread for which a run waits while another one is active in it.
alter table runs add column waits_for text;
create index runs_waiting_for_thread on runs (waits_for, seq) where waits_for is not null and status = 'queued';
