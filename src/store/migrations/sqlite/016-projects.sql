-- Projects, and the keys that open them. A project is never deleted, because what was used in it stays in the sums.
create table projects (
  seq integer primary key, id text not null unique, name text not null, created_at integer not null, archived_at integer
);
create table service_accounts (
  seq integer primary key, id text not null unique, project text not null, name text not null, role text not null,
  created_at integer not null
);
create index service_accounts_of_project on service_accounts (project, seq);
-- `project` is '' for a key of the whole organization. `hash` is the SHA-256 of the key in hexadecimal digits; null: the key is
-- in the settings of the servers, which know it by themselves.
create table api_keys (
  seq integer primary key, id text not null unique, project text not null, service_account text not null, name text not null,
  hash text unique, redacted text not null, created_at integer not null, expires_at integer, last_used_at integer
);
create index api_keys_of_project on api_keys (project, seq);
create index api_keys_of_service_account on api_keys (service_account);
-- Who has changed what of all this. `project` and `resource` are what the list is narrowed by; `body` is as it is shown.
create table audit_logs (
  seq integer primary key, id text not null unique, effective_at integer not null, type text not null, project text not null,
  actor text not null, resource text not null, body text not null
);
create index audit_logs_by_time on audit_logs (effective_at);
-- A number that grows with each change of what servers keep in memory of these tables.
create table access_version (id text primary key, version integer not null);

-- The key with which a run was created, or ''.
alter table runs add column api_key text not null default '';
