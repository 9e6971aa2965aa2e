"""How well several instances share the work."""

import os
import time

from harness.relay import Relay

EXPORTS = 384


def slow_store(bench, result):
    """384 exports of 2.5 MB from a store that limits each connection to 2 MB/s, with the ledger on PostgreSQL and the
    shipped file route. The instances start before the exports are listed. The time is from the poll that lists the
    exports to the last delivery."""
    rates = {1: [], 2: [], 4: []}
    for _ in range(bench.rounds):
        for count in rates:
            rates[count].append(_rate(bench, count))
    medians = {count: result.figure(f"{count} instances" if count > 1 else "1 instance", "throughput", "MB/s", values)
               for count, values in rates.items()}
    for count in (2, 4):
        result.at_least(f"{count} instances ÷ {count} × one", medians[count] / (count * medians[1]), 0.9)
    return result


def _rate(bench, count):
    files = bench.data.usual()
    api = bench.list("w9", files, 0)
    bench.postgres.execute("DROP DATABASE IF EXISTS shared;\nCREATE DATABASE shared;\n")
    archive = bench.folder("w9-archive")
    running = []
    for number in range(count):
        relay = Relay(bench.folder(f"w9-relay-{number}"), bench.nginx, api).route("deliver-to-file")
        relay.setting("relay.ledger.url", bench.postgres.url("shared")).setting("relay.ledger.username", "postgres")
        relay.setting("relay.poll.period", "1s").setting("archive.directory", archive)
        running.append(relay.start())
    try:
        for instance in running:
            instance.wait_for_line("Export Relay .* delivering to archive", 60)
        time.sleep(3)
        os.sync()
        bench.list("w9", files, EXPORTS, 15_432, folder="slow")
        running[0].wait_for(lambda: len(_visible(archive)) == EXPORTS, 300)
    finally:
        ended = [instance.stop() for instance in running]
    delivered = [at for measured in ended for at, line in measured.lines if ": delivered " in line]
    seen = [at for measured in ended for at, line in measured.lines if f"{EXPORTS} new" in line]
    if len(delivered) != EXPORTS:
        raise RuntimeError(f"{len(delivered)} deliveries of {EXPORTS}")
    size = sum(os.stat(archive / name).st_size for name in _visible(archive))
    return size / 1e6 / (max(delivered) - min(seen))


def _visible(archive):
    return [name for name in os.listdir(archive) if not name.startswith(".")]
