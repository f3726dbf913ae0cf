-- Tombstones of a project that was erased are found by it.
create index tombstones_of_project on tombstones (project);
