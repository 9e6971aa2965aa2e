"""Ledgers with a long past. Each is filled once, and every relay works on a copy of it."""

import shutil
import sqlite3

from harness.relay import Relay

# The route has no endpoint, so its deliveries are skipped.
ROUTE = """
- route:
    id: deliver-nowhere
    description: Ignores links, so that only the work of the ledger is measured
    from:
      uri: exports:nowhere
      steps:
        - removeHeaders:
            pattern: "*"
"""
# Every fifth delivery has failed once.
FILL = """
INSERT INTO export (export_id, name, status, created_at, updated_at, expires_at, first_seen_at)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT 'past-' || i, 'properties_export', 'completed', {at}, {at}, {later}, {at} FROM n;
INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size, sha256, records)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT i, 'past-' || i, 'properties.csv.gz', 1, 'properties.csv.gz', 2000, 'a', 10 FROM n;
INSERT INTO delivery (delivery_id, file_id, destination, needs_file, state, attempts, claims, next_attempt_at, expires_at,
    created_at, finished_at, last_error, bytes, records)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT {id}, i, 'nowhere', {false},
    CASE WHEN i > {count} - {waiting} THEN 'pending' WHEN i % {parked_every} = 0 THEN 'parked' ELSE 'delivered' END, 1, 1, {at}, {later},
    {at}, CASE WHEN i > {count} - {waiting} THEN NULL ELSE {at} END,
    CASE WHEN i % {parked_every} = 0 THEN 'the server answered 422' END, 2000, 10 FROM n;
INSERT INTO event (at, kind, actor, destination, export_id, file_id, attempt, message)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count} / 5)
  SELECT {at}, 'attempt-failed', 'relay', 'nowhere', 'past-' || i * 5, i * 5, 1, 'the server answered 503' FROM n;
INSERT INTO delivery_count (destination, state, shard, deliveries, last_at)
  SELECT destination, state, 0, count(*), max(finished_at) FROM delivery WHERE finished_at IS NOT NULL
  GROUP BY destination, state;
UPDATE destination SET enrolled_until = {count}, backfill_until = {count};
"""


class History:
    """The ledger of a relay that has delivered links to the destination `nowhere`, on SQLite or PostgreSQL. Of the deliveries,
    the newest wait, and some are parked."""

    def __init__(self, bench, kind, count, waiting=0, parked=0):
        self.bench = bench
        self.is_sqlite = kind == "SQLite"
        self.name = f"history_{count}_{waiting}"
        values = {"count": count, "waiting": waiting, "parked_every": count // parked if parked else count + 1}
        relay = self._relay("history-relay", bench.javas[0])
        if self.is_sqlite:
            self.file = bench.folder(self.name) / "ledger.db"
            relay.setting("relay.ledger.url", f"jdbc:sqlite:{self.file}").once()
        else:
            bench.postgres.create(self.name)
            relay.ledger_on(bench.postgres, self.name).once()
        if count and self.is_sqlite:
            self._fill_sqlite(values)
        elif count:
            self._fill_postgresql(values)

    def relay(self, folder, java, java_opts=""):
        """A relay with a new copy of the ledger. The list of the API is empty."""
        relay = self._relay(folder, java, java_opts)
        if self.is_sqlite:
            (relay.directory / "data").mkdir()
            shutil.copy(self.file, relay.directory / "data" / "ledger.db")
        else:
            copy = folder.replace("-", "_")
            self.bench.postgres.create(copy, self.name)
            relay.ledger_on(self.bench.postgres, copy)
        return relay

    def _relay(self, folder, java, java_opts=""):
        bench = self.bench
        empty = bench.list("history", bench.data.small(), 0)
        return Relay(bench.folder(folder), bench.nginx, empty, java, java_opts).own_route("deliver-nowhere", ROUTE)

    def _fill_sqlite(self, values):
        connection = sqlite3.connect(self.file)
        connection.executescript("BEGIN;" + FILL.format(
            at=_sqlite_time("'2026-01-01'"), later=_sqlite_time("'now', '+7 days'"), false="0",
            id="lower(hex(randomblob(16)))", **values) + "COMMIT;")
        connection.close()

    def _fill_postgresql(self, values):
        self.bench.postgres.execute(FILL.format(
            at="TIMESTAMPTZ '2026-01-01 00:00:00Z' + i * INTERVAL '1 second'",
            later="now() + INTERVAL '7 days' + i * INTERVAL '1 second'", false="false", id="gen_random_uuid()::text",
            **values) + "VACUUM ANALYZE;\n", self.name)


def _sqlite_time(start):
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {start}, '+' || i || ' seconds')"
