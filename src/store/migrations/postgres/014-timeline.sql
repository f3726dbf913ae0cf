-- When an event was written, in milliseconds of Unix time. Null: before this was kept.
alter table run_log add column at bigint;
