"""How the length of the ledger's history affects the commands that read it."""

import sqlite3

from harness.process import run
from harness.relay import Relay
from harness.workloads.ledger import ROUTE

COUNT = 1_000_000
HEAP = "-Xmx60m"
MIDDLE = f"past-{COUNT // 2}"
COMMANDS = {"status": ["status"], "status --json --limit 20": ["status", "--json", "--limit", "20"],
            "history": ["history"], "explain": ["explain", MIDDLE]}
# Of 1,000,000 deliveries, 5,000 wait, 1,000 are parked, and 200,000 have failed once before they were delivered.
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
    CASE WHEN i > {count} - 5000 THEN 'pending' WHEN i % 1000 = 0 THEN 'parked' ELSE 'delivered' END, 1, 1, {at}, {later},
    {at}, CASE WHEN i > {count} - 5000 THEN NULL ELSE {at} END,
    CASE WHEN i % 1000 = 0 THEN 'the server answered 422' END, 2000, 10 FROM n;
INSERT INTO event (at, kind, actor, destination, export_id, file_id, attempt, message)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count} / 5)
  SELECT {at}, 'attempt-failed', 'relay', 'nowhere', 'past-' || i * 5, i * 5, 1, 'the server answered 503' FROM n;
INSERT INTO delivery_count (destination, state, shard, deliveries, last_at)
  SELECT destination, state, 0, count(*), max(finished_at) FROM delivery WHERE finished_at IS NOT NULL
  GROUP BY destination, state;
UPDATE destination SET enrolled_until = {count}, backfill_until = {count};
"""


def reading(bench, result):
    """`status`, `history` and `explain EXPORT_ID` on a ledger of 1,000,000 deliveries, each as a whole process with a heap of
    60 MiB. 5,000 of the deliveries wait, 1,000 are parked, and the ledger has 200,000 events. The reference is `status` on a
    ledger without deliveries: this is the time that the process needs to start."""
    for name, prepare in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        empty = _relay(bench, "w10-empty")
        full = _relay(bench, "w10-full")
        prepare(bench, empty, 0)
        prepare(bench, full, COUNT)
        runs = {"start": [], **{command: [] for command in COMMANDS}}
        for _ in range(bench.rounds):
            runs["start"].append(run(empty.command("status"), empty.directory, empty.environment))
            for command, arguments in COMMANDS.items():
                runs[command].append(run(full.command(*arguments), full.directory, full.environment))
        start = result.process(f"{name}, `status` without deliveries", runs["start"])
        for command in COMMANDS:
            wall = result.process(f"{name}, `{command}`", runs[command])
            result.at_most(f"{name}: `{command}` beyond the start, s", wall - start, 0.2)
    return result


def _relay(bench, folder):
    relay = Relay(bench.folder(folder), bench.nginx, bench.list("w10-list", bench.data.small(), 0), HEAP)
    return relay.own_route("deliver-nowhere", ROUTE)


def _sqlite(bench, relay, count):
    relay.once()
    if count:
        connection = sqlite3.connect(relay.directory / "data" / "ledger.db")
        connection.executescript("BEGIN;" + FILL.format(
            count=count, at=_sqlite_time("'2026-01-01'"), later=_sqlite_time("'now', '+7 days'"), false="0",
            id="lower(hex(randomblob(16)))") + "COMMIT;")
        connection.close()


def _sqlite_time(start):
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {start}, '+' || i || ' seconds')"


def _postgresql(bench, relay, count):
    postgres = bench.postgres
    database = "reading" if count else "reading_empty"
    postgres.execute(f"DROP DATABASE IF EXISTS {database};\nCREATE DATABASE {database};\n")
    relay.setting("relay.ledger.url", postgres.url(database)).setting("relay.ledger.username", "postgres").once()
    if count:
        postgres.execute(FILL.format(
            count=count, at="TIMESTAMPTZ '2026-01-01 00:00:00Z' + i * INTERVAL '1 second'",
            later="now() + INTERVAL '7 days' + i * INTERVAL '1 second'", false="false", id="gen_random_uuid()::text")
            + "VACUUM ANALYZE;\n", database)
