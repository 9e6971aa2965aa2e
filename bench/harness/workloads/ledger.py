"""How the length of the ledger's history affects the time of a delivery."""

import sqlite3

from harness.relay import Relay

EXPORTS = 3000
SHORT, LONG = 1_000, 1_000_000
# The route has no endpoint, so its deliveries are skipped; earlier versions recorded them as delivered.
ENDED = r"exports:\S+: (?:delivered|skipped) "
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
HISTORY = """
INSERT INTO export (export_id, name, status, created_at, updated_at, expires_at, first_seen_at)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT 'past-' || i, 'properties_export', 'completed', {then}, {then}, {then}, {then} FROM n;
INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size, sha256, records)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT i, 'past-' || i, 'properties.csv.gz', 1, 'properties.csv.gz', 2000, 'a', 10 FROM n;
INSERT INTO delivery (delivery_id, file_id, destination, needs_file, state, attempts, claims, next_attempt_at, expires_at,
    created_at, finished_at, bytes, records)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
  SELECT {id}, i, 'nowhere', {false}, 'delivered', 1, 1, {then}, {then}, {then}, {then}, 2000, 10
  FROM n;
UPDATE destination SET enrolled_until = {count}, backfill_until = {count};
"""


def history(bench, result):
    """3,000 links, one at a time, to a route that does nothing. The ledger already has 1,000 or 1,000,000 deliveries. The
    time of one delivery is the time between the first and the last delivery, divided by their number. It includes the
    claim, the recorded outcome, the queries of downloads and maintenance, and the recording of new exports."""
    for name, prepare in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        medians = {}
        times = {SHORT: [], LONG: []}
        for _ in range(bench.rounds):
            for count in (SHORT, LONG):
                times[count].append(_time(bench, prepare, count))
        for count in (SHORT, LONG):
            medians[count] = result.figure(f"{name}, {count:,} deliveries before", "time per delivery", "ms", times[count])
        result.at_most(f"{name}: with 1,000,000 ÷ with 1,000", medians[LONG] / medians[SHORT], 1.2)
    return result


def _time(bench, prepare, count):
    empty = bench.list("w8-empty", bench.data.small(), 0)
    relay = Relay(bench.folder("w8-relay"), bench.nginx, empty).own_route("deliver-nowhere", ROUTE)
    prepare(bench, relay, count)
    measured = relay.setting(
        "relay.api.url", bench.list("w8", bench.data.small(), EXPORTS, 10)).once()
    if measured.count(ENDED) != EXPORTS:
        raise RuntimeError(f"{measured.count(ENDED)} ended")
    return 1000 * (measured.time_of(ENDED, last=True) - measured.time_of(ENDED)) / (EXPORTS - 1)


def _sqlite(bench, relay, count):
    relay.once()
    connection = sqlite3.connect(relay.directory / "data" / "ledger.db")
    connection.executescript("BEGIN;" + HISTORY.format(count=count, then="'2026-01-01T00:00:00.000Z'", false="0",
                                                      id="lower(hex(randomblob(16)))")
                             + "COMMIT;")
    connection.close()


def _postgresql(bench, relay, count):
    postgres = bench.postgres
    postgres.execute("DROP DATABASE IF EXISTS history;\nCREATE DATABASE history;\n")
    relay.setting("relay.ledger.url", postgres.url("history")).setting("relay.ledger.username", "postgres").once()
    postgres.execute(HISTORY.format(count=count, then="TIMESTAMPTZ '2026-01-01 00:00:00Z'", false="false",
                                    id="gen_random_uuid()::text")
                     + "VACUUM ANALYZE;\n", "history")
