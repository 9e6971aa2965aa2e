"""How the length of the ledger's history affects the commands and the pages that read it."""

import time

from harness.history import History
from harness.relay import SMALL

COUNT, WAITING, PARKED = 1_000_000, 5_000, 1_000
HEAP = "-Xmx60m"
COMMANDS = {"status": ["status"], "status --json --limit 20": ["status", "--json", "--limit", "20"],
            "history": ["history"], "explain": ["explain", f"past-{COUNT // 2}"]}
PAGES = {"overview": "/", "exports page": "/exports"}
SETTLE = 5


def reading(bench, result):
    """`status`, `history` and `explain EXPORT_ID` on a ledger of 1,000,000 deliveries, each as a whole process with a heap of
    60 MiB. 5,000 of the deliveries wait, 1,000 are parked, and the ledger has 200,000 events. The reference is `status` on a
    ledger without deliveries: this is the time that the process needs to start.

    Then the overview and the exports page of the console, with the Java options for small hosts, each for the first time
    after the start of `run`. The reference is the same page of a second `run`, with a ledger without deliveries, that has
    started at the same time. The destination is paused, so that its deliveries wait."""
    for kind in ("SQLite", "PostgreSQL"):
        empty, full = History(bench, kind, 0), History(bench, kind, COUNT, WAITING, PARKED)
        for java in bench.javas:
            _commands(bench, result, kind, java, *(
                ledger.relay(f"w10-{number}", java, HEAP) for number, ledger in enumerate((empty, full))))
            _pages(bench, result, kind, java, *(
                ledger.relay(f"w10-{number}", java, SMALL) for number, ledger in enumerate((empty, full))))
    return result


def _commands(bench, result, kind, java, empty, full):
    runs = {"start": [], **{command: [] for command in COMMANDS}}
    for _ in range(bench.rounds):
        runs["start"].append(empty.run("status"))
        for command, arguments in COMMANDS.items():
            runs[command].append(full.run(*arguments))
    start = _wall(result, f"{kind}, {java}, `status` without deliveries", runs["start"])
    for command in COMMANDS:
        wall = _wall(result, f"{kind}, {java}, `{command}`", runs[command])
        result.at_most(java, f"{kind}: `{command}` beyond the start, s", wall - start, 0.2)


def _wall(result, side, runs):
    return result.figure(side, "wall time", "s", [run.wall for run in runs])


def _pages(bench, result, kind, java, empty, full):
    times = {page: {"without deliveries": [], "of 1,000,000": []} for page in PAGES}
    for relay in (empty, full):
        relay.run("pause", "nowhere")
    for _ in range(bench.rounds):
        running = [relay.start() for relay in (empty, full)]
        for each in running:
            each.wait_for_line("Export Relay .* delivering to nowhere", 60)
        time.sleep(SETTLE)
        for page, path in PAGES.items():
            for relay, values in zip((empty, full), times[page].values()):
                values.append(relay.get(path))
        for each in running:
            each.stop()
    for page, sides in times.items():
        start, wall = (result.figure(f"{kind}, {java}, {page}, ledger {side}", "response time", "s", values)
                       for side, values in sides.items())
        result.at_most(java, f"{kind}: {page} beyond an empty ledger, s", wall - start, 0.2)
