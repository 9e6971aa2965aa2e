"""How the length of the ledger's history affects the time of a delivery."""

import os

from harness.history import History

EXPORTS = 3000
SHORT, LONG = 1_000, 1_000_000
# The route has no endpoint, so its deliveries are skipped; earlier versions recorded them as delivered.
ENDED = r"exports:\S+: (?:delivered|skipped) "


def history(bench, result):
    """3,000 links, one at a time, to a route that does nothing. The ledger already has 1,000 or 1,000,000 deliveries. The
    time of one delivery is the time between the first and the last delivery, divided by their number. It includes the
    claim, the recorded outcome, the queries of downloads and maintenance, and the recording of new exports."""
    for kind in ("SQLite", "PostgreSQL"):
        histories = {count: History(bench, kind, count) for count in (SHORT, LONG)}
        times = {java: {count: [] for count in histories} for java in bench.javas}
        for _ in range(bench.rounds):
            for java in bench.javas:
                for count in histories:
                    times[java][count].append(_time(bench, histories[count], java))
        for java in bench.javas:
            medians = {count: result.figure(
                f"{kind}, {count:,} deliveries before, {java}", "time per delivery", "ms", times[java][count])
                for count in histories}
            result.at_most(java, f"{kind}: with 1,000,000 ÷ with 1,000", medians[LONG] / medians[SHORT], 1.1)
    return result


def _time(bench, ledger, java):
    relay = ledger.relay("w8-relay", java)
    measured = relay.setting("relay.api.url", bench.list("w8", bench.data.small(), EXPORTS, 10)).once()
    if measured.count(ENDED) != EXPORTS:
        raise RuntimeError(f"{measured.count(ENDED)} ended")
    return 1000 * (measured.time_of(ENDED, last=True) - measured.time_of(ENDED)) / (EXPORTS - 1)
