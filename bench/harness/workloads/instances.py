"""How well several instances share the work."""

import os
import time

from harness.relay import Relay

EXPORTS = 384
SMALL_EXPORTS, SLOW_EXPORTS = 10_000, 1_000
SLOW_STEP = """
        - delay:
            expression:
              constant:
                expression: "200"
"""


def slow_store(bench, result):
    """384 exports of 2.5 MB from a store that limits each connection to 2 MB/s, with the ledger on PostgreSQL and the
    shipped file route. The instances start before the exports are listed. The time is from the request that lists the
    exports to the last delivery."""
    files = bench.data.usual()
    size = sum((bench.data.files / files[number % len(files)]).stat().st_size for number in range(EXPORTS)) / 1e6
    rates = {java: {count: [] for count in (1, 2, 4)} for java in bench.javas}
    for _ in range(bench.rounds):
        for java in bench.javas:
            for count, values in rates[java].items():
                exports = bench.data.exports(bench.nginx, files, EXPORTS, 15_432, folder="slow")
                values.append(size / _seconds(bench, java, count, exports))
    for java in bench.javas:
        medians = {count: result.figure(f"{_instances(count)}, {java}", "throughput", "MB/s", values)
                   for count, values in rates[java].items()}
        for count in (2, 4):
            result.at_least(java, f"{count} instances ÷ {count} × one", medians[count] / (count * medians[1]), 0.95)
    return result


def small_exports(bench, result):
    """As 9, with 10,000 exports of 2 kB and without a limit of the store. The processor limits this throughput, whatever the
    number of instances. The second measurement has 1,000 exports, and the route waits for 200 ms
    before it writes a file, as a slow destination would: here, the deliveries in flight limit the throughput."""
    routes = {"10,000 exports": (SMALL_EXPORTS, ""), "destination of 200 ms": (SLOW_EXPORTS, SLOW_STEP)}
    rates = {java: {route: {1: [], 2: []} for route in routes} for java in bench.javas}
    for _ in range(bench.rounds):
        for java in bench.javas:
            for route, (size, step) in routes.items():
                for count, values in rates[java][route].items():
                    exports = bench.data.exports(bench.nginx, bench.data.small(), size, 10)
                    values.append(size / _seconds(bench, java, count, exports, step))
    for java in bench.javas:
        for route in routes:
            one, two = (result.figure(f"{route}, {_instances(count)}, {java}", "throughput", "exports/s", values)
                        for count, values in rates[java][route].items())
            if route == "10,000 exports":
                result.at_least(java, f"{route}: exports/s", one, 300)
            result.at_least(java, f"{route}: 2 instances ÷ one", two / one, 1.8)
    return result


def _instances(count):
    return f"{count} instances" if count > 1 else "1 instance"


def _seconds(bench, java, count, exports, step=""):
    api = bench.api.publish("shared", [])
    bench.postgres.create("shared")
    archive = bench.folder("shared-archive")
    running = []
    for number in range(count):
        relay = Relay(bench.folder(f"shared-relay-{number}"), bench.nginx, api, java).route("deliver-to-file", step=step)
        relay.ledger_on(bench.postgres, "shared").setting("relay.poll.period", "1s").setting("archive.directory", archive)
        running.append(relay.start())
    try:
        for instance in running:
            instance.wait_for_line("Export Relay .* delivering to archive", 60)
        time.sleep(3)
        os.sync()
        bench.api.publish("shared", exports)
        listed = time.time()
        running[0].wait_for(lambda: len(_visible(archive)) == len(exports), 300, 0.2)
    finally:
        ended = [instance.stop() for instance in running]
    delivered = [at for measured in ended for at, line in measured.lines if ": delivered " in line]
    if len(delivered) != len(exports):
        raise RuntimeError(f"{len(delivered)} deliveries of {len(exports)}")
    return max(delivered) - bench.api.requests("shared", listed)[0]


def _visible(archive):
    return [name for name in os.listdir(archive) if not name.startswith(".")]
