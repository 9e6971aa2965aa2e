"""The cost of a destination that is down."""

import time

from harness.relay import SMALL, Relay
from harness.servers import free_port

WAITING, NEW = 50_000, 5_000
SETTLE, SECONDS = 60, 60
ARCHIVED = "exports:archive: delivered "


def waiting(bench, result):
    """50,000 exports wait for an SFTP server at which nothing listens, with the shipped route, the Java options for small
    hosts and the ledger on SQLite. Then the API lists 5,000 new exports of 2 kB. The shipped file route, which selects only
    these by name, delivers them to a directory; they also wait for the SFTP server. The reference is the same relay without
    the SFTP route. The throughput is that of the directory, from the request that lists the new exports to the last
    delivery. The CPU time and the log lines are those of one minute, a minute after the last delivery of the last round."""
    past = bench.data.exports(bench.nginx, bench.data.small(), WAITING, 10, name="past_export", hours=48)
    for java in bench.javas:
        rates, shares, lines = ({"alone": [], "beside 50,000": []} for _ in range(3))
        for number in range(bench.rounds):
            for side in rates:
                running, rate = _deliver(bench, java, past, has_outage=side != "alone")
                rates[side].append(rate)
                if number == bench.rounds - 1:
                    time.sleep(SETTLE)
                    first = len(running.lines)
                    shares[side].append(running.share(SECONDS))
                    lines[side].append(len(running.lines) - first - running.count(" poll: ", first))
                running.stop()
        alone, beside = (
            result.figure(f"{side}, {java}", "throughput of the directory", "deliveries/s", values)
            for side, values in rates.items())
        idle, waits = (
            result.figure(f"{side}, {java}", "share of one core, idle", "%", values) for side, values in shares.items())
        for side, values in lines.items():
            result.figure(f"{side}, {java}", "log lines in a minute, without those of polls", "", values)
        result.at_least(java, "throughput beside ÷ alone", beside / alone, 0.95)
        result.at_most(java, "% of one core more", waits - idle, 1.0)
    return result


def _deliver(bench, java, past, has_outage):
    """Returns the relay, which still runs, and its throughput."""
    api = bench.api.publish("w11", past)
    relay = Relay(bench.folder("w11-relay"), bench.nginx, api, java, SMALL).route("deliver-to-file", 'name: "new_*"')
    relay.setting("relay.poll.period", "10s")
    if has_outage:
        relay.route("deliver-to-sftp").setting("sftp.host", "127.0.0.1").setting("sftp.port", free_port())
        relay.setting("sftp.username", "partner").setting("sftp.password", "secret").setting("sftp.directory", "inbox")
    running = relay.start()
    running.wait_for_line(f"poll: {WAITING} seen", 300)
    new = bench.data.exports(bench.nginx, bench.data.small(), NEW, 10, name="new_export")
    bench.api.add("w11", new)
    listed = time.time()
    running.wait_for(lambda: running.count(ARCHIVED) == NEW, 300, 1)
    last = max(at for at, line in running.lines if ARCHIVED in line)
    return running, NEW / (last - bench.api.requests("w11", listed)[0])
