-- Events are inserted only together with their run, or after a change of its row in the same transaction, and they are
-- deleted before it. To look the run up again for each of them costs a tenth of what a run costs.
alter table run_log drop constraint run_log_run_fkey;
