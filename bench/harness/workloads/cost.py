"""What the relay costs where there is nothing to do, and until it does something."""

import time

from harness import plain_camel
from harness.relay import ARCHIVE_FLAGS, SMALL_FLAGS, Relay

MINUTES = 5
PERIOD = 10


def idle(bench, result):
    """`run` with the documented flags for little memory and the shipped file route, period 10 s, the API listing 10,000
    past exports that the ledger knows. Five minutes from a minute after the start, one round."""
    result.rounds = 1
    api = bench.list("w5", bench.data.small(), 10_000, 10, expired=True)
    relay = Relay(bench.folder("w5-relay"), bench.nginx, api, flags=SMALL_FLAGS).route("deliver-to-file")
    relay.once()
    running = relay.setting("relay.poll.period", f"{PERIOD}s").start()
    time.sleep(60)
    begin, cpu = time.time(), running.cpu()
    time.sleep(MINUTES * 60)
    end, spent = time.time(), running.cpu() - cpu
    resident = running.resident()
    running.stop()
    requests = len([at for at in bench.api.requests("w5", begin) if at <= end])
    share = result.figure("relay", "of one core", "%", [100 * spent / (end - begin)])
    result.figure("relay", "resident memory", "MiB", [resident])
    result.figure("relay", "list requests in five minutes", "", [requests])
    result.at_most("list requests per poll", requests / (MINUTES * 60 / PERIOD), 1.04)
    result.at_most("% of one core", share, 1.0)
    result.at_most("resident memory, MiB", resident, 180)
    return result


def start_up(bench, result):
    """From the start of the process to the first request at the API: `run` with the shipped file route, with the flags
    for little memory and with the class-data archive that README documents, beside a Camel Quarkus application with the
    same extensions whose only route is a timer that asks the same endpoint, with the flags for little memory and with
    none."""
    api = bench.list("w6", bench.data.small(), 0)
    times = {"relay": [], "relay with the class-data archive": [], "smallest application": [],
             "smallest application without flags": []}
    result.rounds *= 2
    for _ in range(result.rounds):
        for side, start in zip(times, (lambda: _relay(bench, api, SMALL_FLAGS), lambda: _relay(bench, api, ARCHIVE_FLAGS),
                                       lambda: _smallest(bench, api, SMALL_FLAGS), lambda: _smallest(bench, api, []))):
            times[side].append(_first_request(bench, start()))
    relay, archive, reference, plain = (
        result.figure(side, "start to first request", "s", values) for side, values in times.items())
    result.at_most("relay ÷ smallest application, same flags", relay / reference, 1.2)
    result.at_most("with the archive ÷ smallest application without flags", archive / plain, 0.75)
    return result


def _relay(bench, api, flags):
    relay = Relay(bench.folder("w6-relay"), bench.nginx, api, flags=flags).route("deliver-to-file")
    return relay.start()


def _smallest(bench, api, flags):
    return plain_camel.start(bench.folder("w6-smallest"), "smallest", api, flags)


def _first_request(bench, running):
    running.wait_for(lambda: bench.api.requests("w6", running.started), 60)
    time.sleep(0.5)
    running.process.terminate()
    running.finish(allowed=(0, 143))
    return bench.api.requests("w6", running.started)[0] - running.started
