"""What many past exports cost: the first read of a long list, and their delivery to a new destination."""

import re
import sqlite3
import time

from harness.process import run
from harness.relay import Relay

PAST = 100_000
PAGE = 99
"""New exports of a page of 100: pages overlap by one."""
LIVE_PER_SECOND, LIVE_SECONDS = 20, 15
SETTLE = 5
WAREHOUSE = """
- route:
    id: deliver-to-warehouse
    description: Delivers past exports to a directory
    from:
      uri: exports:warehouse
      parameters:
        payload: file
        parallel: 8
        name: "past_*"
      steps:
        - to:
            uri: "file:data/warehouse"
"""
BACKFILLED = "exports:warehouse: delivered "
LIVE = re.compile(r"exports:archive: delivered .*\.([0-9a-f-]{36})\.")


def first_read(bench, result):
    """`once` with a heap of 96 MiB and an empty ledger on SQLite. The API lists 100,000 completed exports and has no limits.
    No destination selects them, so the relay only records them. The reference is `curl`, which requests the same pages one
    after the other, on one connection. First, the API takes 100 ms for each page, as a distant server does, in one round. Then
    it answers immediately, from memory: this compares the work of the relay with that of no client at all."""
    past = bench.data.exports(bench.nginx, bench.data.small(), PAST, 10, name="past_export")
    for api, seconds, rounds in (("API of 100 ms", 0.1, 1), ("API of 0 ms", 0, bench.rounds)):
        url = bench.api.publish("w12", past, seconds)
        pages = f"{url}/v1/exports?status=completed&limit=100&offset=[0-{PAST - 1}:{PAGE}]"
        relays, references = bench.by_java(), []
        for _ in range(rounds):
            for java, runs in relays.items():
                runs.append(_read(bench, java, url))
            references.append(run(["curl", "-sS", "--fail", "-o", "/dev/null", pages]))
        reference = result.process(f"{api}, curl", references)
        for java, runs in relays.items():
            wall = result.process(f"{api}, relay, {java}", runs)
            start = result.figure(f"{api}, relay, {java}", "start-up, part of the wall time", "s", [
                bench.api.requests("w12", measured.started)[0] - measured.started for measured in runs])
            result.at_most(java, f"{api}: wall time without start-up ÷ curl", (wall - start) / reference, 1.5)
    return result


def _read(bench, java, url):
    relay = Relay(bench.folder("w12-relay"), bench.nginx, url, java, "-Xmx96m").route("deliver-to-file", 'name: "new_*"')
    measured = relay.once()
    if _recorded(relay) != PAST:
        raise RuntimeError(f"{_recorded(relay)} of {PAST} recorded")
    return measured


def _recorded(relay):
    connection = sqlite3.connect(relay.directory / "data" / "ledger.db")
    count = connection.execute("SELECT count(*) FROM export").fetchone()[0]
    connection.close()
    return count


def backfill(bench, result):
    """A new destination receives 100,000 past exports of 2 kB, while new exports arrive for another destination: 20 per
    second, for 15 seconds, with a poll period of 1 s. Both destinations are directories, and the ledger is on SQLite. The
    reference is the same relay while the new destination is paused. The throughput is from the first new export to the last
    delivery; the delay is that of each export from its appearance in the list. There are as many rounds as the past exports
    last, at most."""
    rounds = []
    for java in bench.javas:
        api = bench.api.publish("w15", bench.data.exports(
            bench.nginx, bench.data.small(), PAST, 10, name="past_export", hours=48))
        relay = Relay(bench.folder("w15-relay"), bench.nginx, api, java).route("deliver-to-file", 'name: "new_*"')
        relay.setting("relay.poll.period", "1s")
        running = relay.start()
        running.wait_for_line(f"poll: {PAST} seen", 600)
        relay.own_route("deliver-to-warehouse", WAREHOUSE)
        running.wait_for_line(BACKFILLED, 60)
        sides, past = {"alone": [], "beside": []}, []
        while len(past) < bench.rounds:
            relay.run("pause", "warehouse")
            time.sleep(SETTLE)
            alone = _live(bench, running)
            relay.run("resume", "warehouse")
            time.sleep(SETTLE)
            first, begin = len(running.lines), time.time()
            beside, seconds = _live(bench, running), time.time() - begin
            if running.count(BACKFILLED) == PAST:
                break
            sides["alone"].append(alone)
            sides["beside"].append(beside)
            past.append(running.count(BACKFILLED, first) / seconds)
        running.stop()
        rounds.append(len(past))
        alone, beside = (
            result.figure(f"{side}, {java}", "throughput of new exports", "exports/s", [rate for rate, _ in values])
            for side, values in sides.items())
        for side, values in sides.items():
            delays = [delay for _, delays in values for delay in delays]
            result.figure(f"{side}, {java}", "delay of new exports", "s", delays)
        result.figure(f"beside, {java}", "throughput of past exports", "exports/s", past)
        result.at_least(java, "throughput beside ÷ alone", beside / alone, 0.9)
    result.rounds = min(rounds)
    return result


def _live(bench, running):
    """Lets new exports arrive; returns how many were delivered in a second, and the delay of each."""
    begin = time.time()
    appeared, delivered = {}, {}
    first = len(running.lines)
    for second in range(LIVE_SECONDS):
        time.sleep(max(0, begin + second - time.time()))
        new = bench.data.exports(bench.nginx, bench.data.small(), LIVE_PER_SECOND, 10, name="new_export", seconds=0.01)
        bench.api.add("w15", new)
        appeared.update((export["export_id"], time.time()) for export in new)

    def is_complete():
        delivered.update((match[1], at) for at, line in running.lines[first:] if (match := LIVE.search(line)))
        return len(delivered) == len(appeared)

    running.wait_for(is_complete, 120, 0.5)
    return len(appeared) / (max(delivered.values()) - begin), [delivered[each] - at for each, at in appeared.items()]
