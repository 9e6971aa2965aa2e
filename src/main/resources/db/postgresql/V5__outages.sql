-- Destinations that are down, paused, retired or without a route; where delivered files are; deliveries that were skipped.
-- The same columns as in db/sqlite. Instances of 0.1.0 may still use these tables during a rolling upgrade.

ALTER TABLE destination ADD COLUMN needs_file boolean NOT NULL DEFAULT false;
ALTER TABLE destination ADD COLUMN seen_at timestamptz;              -- when an instance last ran its route
ALTER TABLE destination ADD COLUMN down_since timestamptz;           -- NULL while it is up
ALTER TABLE destination ADD COLUMN down_reason text;
ALTER TABLE destination ADD COLUMN down_probes integer NOT NULL DEFAULT 0;  -- that failed since then
ALTER TABLE destination ADD COLUMN down_delivery text;        -- the only delivery that met the outage; NULL: several did
ALTER TABLE destination ADD COLUMN down_logged_at timestamptz;
ALTER TABLE destination ADD COLUMN probe_at timestamptz;             -- when one delivery is tried next
ALTER TABLE destination ADD COLUMN answered_at timestamptz;           -- when it last accepted a delivery, or refused one alone
ALTER TABLE destination ADD COLUMN paused_at timestamptz;            -- NULL while it is not paused
ALTER TABLE destination ADD COLUMN paused_by text;
ALTER TABLE destination ADD COLUMN paused_note text;
ALTER TABLE destination ADD COLUMN retired_at timestamptz;           -- an operator ended what it was owed

-- The relay processes that run, or ran last.
CREATE TABLE instance (
  instance_id text PRIMARY KEY,
  host        text NOT NULL,
  version     text NOT NULL,
  started_at  timestamptz NOT NULL,
  seen_at     timestamptz NOT NULL
);

-- How long each spool holds its files unless that is renewed: one row, however many files wait there. A file's own
-- spool_until counts for downloads, and for instances of 0.1.0.
CREATE TABLE spool (
  owner       text PRIMARY KEY,
  lease_until timestamptz NOT NULL
);

-- Which delivery has which place at a destination, where a route gives files names that may repeat.
CREATE TABLE file_location (
  location    text PRIMARY KEY,
  delivery_id text NOT NULL
);

ALTER TABLE delivery ADD COLUMN spooled_by text NOT NULL DEFAULT ''; -- the spool that has its file; '' if none has, or it needs none
ALTER TABLE delivery ADD COLUMN outage_at timestamptz;               -- when its last attempt met an outage of the destination
ALTER TABLE delivery ADD COLUMN lone_outages integer NOT NULL DEFAULT 0; -- outages that only this delivery met
ALTER TABLE delivery ADD COLUMN outages integer NOT NULL DEFAULT 0;   -- outages that it met, whether or not others did
ALTER TABLE delivery ADD COLUMN location text;                       -- where its file is at the destination
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_state_check
  CHECK (state IN ('pending', 'in_progress', 'delivered', 'retrying', 'parked', 'expired', 'skipped')) NOT VALID;

UPDATE destination SET needs_file = EXISTS (
  SELECT 1 FROM delivery d WHERE d.destination = destination.name AND d.needs_file
    AND d.state IN ('pending', 'retrying', 'in_progress'));
UPDATE delivery SET spooled_by = f.spool_owner FROM export_file f
  WHERE delivery.state IN ('pending', 'retrying', 'in_progress') AND delivery.needs_file
    AND f.file_id = delivery.file_id AND f.spool_state = 'ready' AND f.spool_owner IS NOT NULL;

-- What is still to do, by the spool that has the file, nearest expiry first: claims and downloads read nothing else,
-- however long the history or the backlog.
DROP INDEX delivery_open;
CREATE INDEX delivery_open ON delivery (destination, spooled_by, expires_at, file_id)
  WHERE state IN ('pending', 'retrying', 'in_progress');
-- What is in flight: few rows, however many wait.
CREATE INDEX delivery_in_progress ON delivery (lease_until) WHERE state = 'in_progress';
