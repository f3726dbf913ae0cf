-- The server that has the Python session of the thread. Runs of the thread go there first.
alter table threads add column session_server text;
