"""The cost of an idle relay and of its start."""

import time

from harness import plain_camel
from harness.relay import INSTALLATION, OPTIMIZED, SMALL, Relay

MINUTES = 5
PERIOD = 10


def idle(bench, result):
    """`run` with the Java options for small hosts and the shipped file route, with a poll period of 10 s. The API lists
    10,000 past exports, which are already in the ledger. The measurement starts one minute after the start and takes
    five minutes, in one round."""
    result.rounds = 1
    api = bench.list("w5", bench.data.small(), 10_000, 10, expired=True)
    relay = Relay(bench.folder("w5-relay"), bench.nginx, api, java_opts=SMALL).route("deliver-to-file")
    relay.once()
    running = relay.setting("relay.poll.period", f"{PERIOD}s").start()
    time.sleep(60)
    begin, cpu = time.time(), running.cpu()
    time.sleep(MINUTES * 60)
    end, spent = time.time(), running.cpu() - cpu
    resident = running.resident()
    running.stop()
    requests = len([at for at in bench.api.requests("w5", begin) if at <= end])
    share = result.figure("relay", "share of one core", "%", [100 * spent / (end - begin)])
    result.figure("relay", "resident memory", "MiB", [resident])
    result.figure("relay", "list requests in five minutes", "", [requests])
    result.at_most("list requests per poll", requests / (MINUTES * 60 / PERIOD), 1.04)
    result.at_most("% of one core", share, 1.0)
    result.at_most("resident memory, MiB", resident, 180)
    return result


def start_up(bench, result):
    """The time from the start of the process to the first request to the API. The relay is `run` with the shipped file
    route and the Java options for small hosts, first as it is installed and then with the archive of `optimize`. The
    reference is a Camel Quarkus application with the same extensions. Its only route is a timer that calls the same
    endpoint. It runs with the Java options for small hosts and without options."""
    api = bench.list("w6", bench.data.small(), 0)
    times = {"relay": [], "relay, optimized": [], "smallest application": [],
             "smallest application without options": []}
    result.rounds *= 2
    for _ in range(result.rounds):
        for side, start in zip(times, (lambda: _relay(bench, api, INSTALLATION), lambda: _relay(bench, api, OPTIMIZED),
                                       lambda: _smallest(bench, api, SMALL.split()), lambda: _smallest(bench, api, []))):
            times[side].append(_first_request(bench, start()))
    relay, archive, reference, plain = (
        result.figure(side, "start to first request", "s", values) for side, values in times.items())
    result.at_most("relay ÷ smallest application, same options", relay / reference, 1.2)
    result.at_most("relay, optimized ÷ smallest application without options", archive / plain, 0.75)
    return result


def _relay(bench, api, installation):
    relay = Relay(bench.folder("w6-relay"), bench.nginx, api, SMALL, installation).route("deliver-to-file")
    return relay.start()


def _smallest(bench, api, flags):
    return plain_camel.start(bench.folder("w6-smallest"), "smallest", api, flags)


def _first_request(bench, running):
    running.wait_for(lambda: bench.api.requests("w6", running.started), 60)
    time.sleep(0.5)
    running.process.terminate()
    running.finish(allowed=(0, 143))
    return bench.api.requests("w6", running.started)[0] - running.started
