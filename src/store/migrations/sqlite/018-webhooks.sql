-- Where events of a project are sent. `event_types` is a list in JSON. One with `of_settings` is in the settings of the servers.
create table webhook_endpoints (
  seq integer primary key, id text not null unique, project text not null, name text not null, url text not null,
  event_types text not null, secret text not null, old_secret text, old_secret_until integer, of_settings integer not null,
  created_at integer not null, updated_at integer not null
);
create index webhook_endpoints_of_project on webhook_endpoints (project, seq);
-- Events on their way: a row is written with what it tells of, and goes when its endpoint has taken it. `id` is one for all
-- endpoints of an event, `retry_at` is in milliseconds, and a row with `failed_at` was given up.
create table webhook_deliveries (
  seq integer primary key, id text not null, endpoint text not null, body text not null, created_at integer not null,
  retry_at integer not null, tries integer not null default 0, last_error text, failed_at integer,
  attempt integer not null default 0, lease_owner text, lease_until integer,
  losses integer not null default 0, blamed integer not null default 0, on_trial integer not null default 0
);
create index webhook_deliveries_waiting on webhook_deliveries (endpoint, retry_at)
  where lease_owner is null and failed_at is null;
create index webhook_deliveries_due on webhook_deliveries (retry_at) where lease_owner is null and failed_at is null;
create index webhook_deliveries_leased on webhook_deliveries (lease_owner) where lease_owner is not null;
create index webhook_deliveries_failed on webhook_deliveries (failed_at) where failed_at is not null;
