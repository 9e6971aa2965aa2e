-- What happened and who did it; how many deliveries have ended and how; by which instance and route each was made.

-- Append-only. Each row is written in the transaction of the change that it records.
CREATE TABLE event (
  id          ${identity},
  at          ${instant} NOT NULL,
  kind        text NOT NULL,                  -- EventKind
  actor       text NOT NULL,                  -- a user, or relay
  destination text,
  export_id   text,
  file_id     bigint,
  delivery_id text,
  attempt     integer,                        -- that counted
  message     text NOT NULL,
  detail      text                            -- JSON
);
CREATE INDEX event_at ON event (at, id);
CREATE INDEX event_of_kind ON event (kind, at, id);
CREATE INDEX event_of_destination ON event (destination, at, id) WHERE destination IS NOT NULL;
CREATE INDEX event_of_export ON event (export_id, at, id) WHERE export_id IS NOT NULL;

-- How many deliveries of a destination are in a final state: status must not count the history. Processes that share a
-- ledger write different shards, and do not wait for each other; the sum counts.
CREATE TABLE delivery_count (
  destination text    NOT NULL,
  state       text    NOT NULL,
  shard       integer NOT NULL,
  deliveries  bigint  NOT NULL,
  last_at     ${instant},                     -- when one last ended so
  PRIMARY KEY (destination, state, shard)
);
INSERT INTO delivery_count (destination, state, shard, deliveries, last_at)
  SELECT destination, state, 0, count(*), max(finished_at) FROM delivery
  WHERE state IN ('delivered', 'parked', 'expired', 'skipped') GROUP BY destination, state;

ALTER TABLE delivery ADD COLUMN made_by text;       -- the instance that claimed it last
ALTER TABLE delivery ADD COLUMN route_digest text;  -- SHA-256 of the route file under which it was claimed last

-- The deliveries of one destination, newest file first, however few among many.
CREATE INDEX delivery_of_destination ON delivery (destination, file_id);
-- Those that ended since a time.
CREATE INDEX delivery_finished ON delivery (finished_at) WHERE finished_at IS NOT NULL;
-- States that are few in a long history.
CREATE INDEX delivery_retrying ON delivery (destination, file_id) WHERE state = 'retrying';
CREATE INDEX delivery_skipped ON delivery (file_id) WHERE state = 'skipped';
