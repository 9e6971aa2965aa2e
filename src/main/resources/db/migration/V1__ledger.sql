-- The ledger: every export x file x destination and how far it is. The same script makes SQLite and
-- PostgreSQL tables; ${instant} is text in ISO 8601 (UTC, milliseconds) there, timestamptz here.
-- No signed URL and no key is ever stored.

CREATE TABLE export (
  export_id      text PRIMARY KEY,
  name           text,
  status         text NOT NULL,
  progress       integer,
  progress_stage text,
  record_count   bigint,
  file_size      bigint,
  created_at     ${instant},
  updated_at     ${instant},
  expires_at     ${instant},
  first_seen_at  ${instant} NOT NULL,
  last_seen_at   ${instant} NOT NULL
);

CREATE TABLE export_file (
  file_id       bigint  PRIMARY KEY,          -- ascending in the order of first sight
  export_id     text    NOT NULL REFERENCES export (export_id),
  filename      text    NOT NULL,             -- as the API names it
  occurrence    integer NOT NULL,             -- 2 for the second file of that name in the export
  safe_name     text    NOT NULL,             -- ExportFile
  size          bigint,                       -- bytes, as the API lists it
  sha256        text,                         -- of the verified file
  records       bigint,                       -- counted in the verified file
  spool_state   text    NOT NULL DEFAULT 'none' CHECK (spool_state IN ('none', 'downloading', 'ready')),
  spool_owner   text,                         -- the instance whose spool has it, or is getting it
  spool_until   ${instant},                   -- when that instance's hold ends unless it is renewed
  UNIQUE (export_id, filename, occurrence),
  UNIQUE (export_id, safe_name)
);
CREATE INDEX export_file_spooled ON export_file (spool_owner, spool_state) WHERE spool_state <> 'none';

CREATE TABLE destination (
  name             text    PRIMARY KEY,
  name_pattern     text    NOT NULL,
  backfill         boolean NOT NULL,
  first_started_at ${instant} NOT NULL,
  backfill_until   bigint  NOT NULL,          -- files up to here were there before the destination
  enrolled_until   bigint  NOT NULL           -- files up to here have their delivery, if wanted
);

CREATE TABLE delivery (
  delivery_id     text    PRIMARY KEY,        -- ExportDeliveryId
  file_id         bigint  NOT NULL REFERENCES export_file (file_id),
  destination     text    NOT NULL,
  needs_file      boolean NOT NULL,           -- waits for the spool, not only for a URL
  state           text    NOT NULL
    CHECK (state IN ('pending', 'in_progress', 'delivered', 'retrying', 'parked', 'expired')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at ${instant} NOT NULL,
  expires_at      ${instant} NOT NULL,        -- of the export; far in the future if it has none
  claim           text,                       -- a new one per claim: fences whoever wakes up late
  lease_owner     text,
  lease_until     ${instant},
  last_error      text,
  created_at      ${instant} NOT NULL,
  started_at      ${instant},                 -- of the last attempt
  finished_at     ${instant},
  bytes           bigint,
  records         bigint,
  UNIQUE (file_id, destination)
);
-- What is still to do, nearest expiry first: claims read nothing else, however long the history. SQLite
-- uses a partial index only where a query repeats its condition to the letter.
CREATE INDEX delivery_open ON delivery (destination, expires_at, file_id)
  WHERE state IN ('pending', 'retrying', 'in_progress');
CREATE INDEX delivery_open_of_file ON delivery (file_id)
  WHERE state IN ('pending', 'retrying', 'in_progress');
CREATE INDEX delivery_trouble ON delivery (state, finished_at) WHERE state IN ('parked', 'expired');

CREATE TABLE rejected_entry (
  export_id     text PRIMARY KEY,
  reason        text NOT NULL,
  first_seen_at ${instant} NOT NULL,
  last_seen_at  ${instant} NOT NULL
);

-- Who polls: one row. The token grows with every claim and fences a poller that was paused.
CREATE TABLE poller (
  id           integer PRIMARY KEY CHECK (id = 1),
  owner        text,
  token        bigint     NOT NULL,
  next_poll_at ${instant} NOT NULL,
  lease_until  ${instant}
);
INSERT INTO poller (id, token, next_poll_at) VALUES (1, 0, '1970-01-01T00:00:00.000Z');
