"""The cost of a destination that is away."""

import time

from harness.relay import SMALL, Relay
from harness.servers import free_port

COUNT = 50_000
SETTLE = 60
SECONDS = 120


def waiting(bench, result):
    """50,000 exports of 2 kB for a directory, and for an SFTP server at which nothing listens, with the shipped routes, the
    Java options for small hosts and the ledger on SQLite. The reference is the same relay without the SFTP route. The
    throughput is that of the directory, from the first request to its last delivery. The CPU time and the log lines are
    those of two minutes, a minute after the last delivery. One round."""
    result.rounds = 1
    api = bench.list("w11", bench.data.small(), COUNT, 10)
    rates, shares = {}, {}
    for side in ("alone", "beside 50,000 waiting deliveries"):
        relay = Relay(bench.folder("w11-relay"), bench.nginx, api, java_opts=SMALL).route("deliver-to-file")
        relay.setting("relay.poll.period", "10s")
        if side != "alone":
            relay.route("deliver-to-sftp").setting("sftp.host", "127.0.0.1").setting("sftp.port", free_port())
            relay.setting("sftp.username", "partner").setting("sftp.password", "secret").setting("sftp.directory", "inbox")
        running = relay.start()
        running.wait_for(lambda: _archived(running) == COUNT, 900)
        times = [at for at, line in list(running.lines) if _is_archived(line)]
        rates[side] = result.figure(
            side, "throughput of the directory", "deliveries/s",
            [COUNT / (times[-1] - bench.api.requests("w11", running.started)[0])])
        time.sleep(SETTLE)
        begin, cpu, lines = time.time(), running.cpu(), len(running.lines)
        time.sleep(SECONDS)
        shares[side] = result.figure(
            side, "share of one core, idle", "%", [100 * (running.cpu() - cpu) / (time.time() - begin)])
        polls = sum(1 for _, line in running.lines[lines:] if " poll: " in line)
        result.figure(side, "log lines in two minutes, without those of polls", "", [len(running.lines) - lines - polls])
        running.stop()
    beside, alone = rates["beside 50,000 waiting deliveries"], rates["alone"]
    result.at_least("throughput beside ÷ alone", beside / alone, 0.95)
    result.at_most("% of one core more", shares["beside 50,000 waiting deliveries"] - shares["alone"], 1.0)
    return result


def _is_archived(line):
    return "exports:archive: delivered " in line


def _archived(running):
    return sum(1 for _, line in list(running.lines) if _is_archived(line))
