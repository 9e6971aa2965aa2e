-- Destinations that are down, paused, retired or without a route; where delivered files are; deliveries that were skipped.
-- The same columns as in db/postgresql.

ALTER TABLE destination ADD COLUMN needs_file boolean NOT NULL DEFAULT false;
ALTER TABLE destination ADD COLUMN seen_at text;              -- when an instance last ran its route
ALTER TABLE destination ADD COLUMN down_since text;           -- NULL while it is up
ALTER TABLE destination ADD COLUMN down_reason text;
ALTER TABLE destination ADD COLUMN down_probes integer NOT NULL DEFAULT 0;  -- that failed since then
ALTER TABLE destination ADD COLUMN down_delivery text;        -- the only delivery that met the outage; NULL: several did
ALTER TABLE destination ADD COLUMN down_logged_at text;
ALTER TABLE destination ADD COLUMN probe_at text;             -- when one delivery is tried next
ALTER TABLE destination ADD COLUMN answered_at text;           -- when it last accepted a delivery, or refused one alone
ALTER TABLE destination ADD COLUMN paused_at text;            -- NULL while it is not paused
ALTER TABLE destination ADD COLUMN paused_by text;
ALTER TABLE destination ADD COLUMN paused_note text;
ALTER TABLE destination ADD COLUMN retired_at text;           -- an operator ended what it was owed
UPDATE destination SET needs_file = EXISTS (
  SELECT 1 FROM delivery d WHERE d.destination = destination.name AND d.needs_file
    AND d.state IN ('pending', 'retrying', 'in_progress'));

-- The relay processes that run, or ran last.
CREATE TABLE instance (
  instance_id text PRIMARY KEY,
  host        text NOT NULL,
  version     text NOT NULL,
  started_at  text NOT NULL,
  seen_at     text NOT NULL
);

-- How long each spool holds its files unless that is renewed: one row, however many files wait there. A file's own
-- spool_until counts for downloads, and for instances of 0.1.0.
CREATE TABLE spool (
  owner       text PRIMARY KEY,
  lease_until text NOT NULL
);

-- Which delivery has which place at a destination, where a route gives files names that may repeat.
CREATE TABLE file_location (
  location    text PRIMARY KEY,
  delivery_id text NOT NULL
);

-- SQLite cannot change a condition of a column: the table is created anew.
CREATE TABLE delivery_new (
  delivery_id     text PRIMARY KEY,           -- ExportDeliveryId
  file_id         bigint  NOT NULL REFERENCES export_file (file_id),
  destination     text    NOT NULL,
  needs_file      boolean NOT NULL,           -- waits for the spool, not only for a URL
  state           text    NOT NULL
    CHECK (state IN ('pending', 'in_progress', 'delivered', 'retrying', 'parked', 'expired', 'skipped')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at text    NOT NULL,
  expires_at      text    NOT NULL,           -- of the export; far in the future if it has none
  claim           text,                       -- new at each claim: fences an owner that resumes too late
  lease_owner     text,
  lease_until     text,
  last_error      text,
  created_at      text    NOT NULL,
  finished_at     text,
  bytes           bigint,
  records         bigint,
  claims          integer NOT NULL DEFAULT 0, -- how often it was claimed, whether or not the attempt counted
  replays         integer NOT NULL DEFAULT 0, -- how often it was replayed after it was delivered
  spooled_by      text    NOT NULL DEFAULT '', -- the spool that has its file; '' if none has, or it needs none
  outage_at       text,                       -- when its last attempt met an outage of the destination
  lone_outages    integer NOT NULL DEFAULT 0, -- outages that only this delivery met
  outages         integer NOT NULL DEFAULT 0, -- outages that it met, whether or not others did
  location        text,                       -- where its file is at the destination
  UNIQUE (file_id, destination)
);
INSERT INTO delivery_new (delivery_id, file_id, destination, needs_file, state, attempts, next_attempt_at, expires_at,
    claim, lease_owner, lease_until, last_error, created_at, finished_at, bytes, records, claims, replays)
  SELECT delivery_id, file_id, destination, needs_file, state, attempts, next_attempt_at, expires_at,
    claim, lease_owner, lease_until, last_error, created_at, finished_at, bytes, records, claims, replays
  FROM delivery ORDER BY rowid;
DROP TABLE delivery;
ALTER TABLE delivery_new RENAME TO delivery;

-- What is still to do, by the spool that has the file, nearest expiry first: claims and downloads read nothing else,
-- however long the history or the backlog. SQLite uses a partial index only where a query repeats its condition.
CREATE INDEX delivery_open ON delivery (destination, spooled_by, expires_at, file_id)
  WHERE state IN ('pending', 'retrying', 'in_progress');
-- What is in flight: few rows, however many wait.
CREATE INDEX delivery_in_progress ON delivery (lease_until) WHERE state = 'in_progress';
CREATE INDEX delivery_open_of_file ON delivery (file_id)
  WHERE state IN ('pending', 'retrying', 'in_progress');
CREATE INDEX delivery_trouble ON delivery (state, finished_at) WHERE state IN ('parked', 'expired');

UPDATE delivery SET spooled_by = coalesce((
    SELECT f.spool_owner FROM export_file f WHERE f.file_id = delivery.file_id AND f.spool_state = 'ready'), '')
  WHERE state IN ('pending', 'retrying', 'in_progress') AND needs_file;
