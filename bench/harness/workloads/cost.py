"""The cost of an idle relay and of its start."""

import time

from harness import plain_camel
from harness.java import INSTALLATION
from harness.relay import DELIVERED, SMALL, Relay

MINUTES = 5
PERIOD = 10
DESTINATIONS, EXPORTS = 200, 8
DESTINATION = """
- route:
    id: deliver-to-{number}
    description: Delivers to a directory
    from:
      uri: exports:archive-{number}
      parameters:
        payload: file
        parallel: 8
      steps:
        - to:
            uri: "file:data/archive-{number}"
"""


def idle(bench, result):
    """`run` with the Java options for small hosts and the shipped file route, with a poll period of 10 s. It serves the
    console, metrics and health checks, as always. The API lists 10,000 past exports, which are already in the ledger. The
    measurement starts one minute after the start and takes five minutes, in one round."""
    result.rounds = 1
    api = bench.list("w5", bench.data.small(), 10_000, 10, expired=True)
    for java in bench.javas:
        relay = Relay(bench.folder("w5-relay"), bench.nginx, api, java, SMALL).route("deliver-to-file")
        relay.once()
        running = relay.setting("relay.poll.period", f"{PERIOD}s").start()
        time.sleep(60)
        relay.get("/")
        relay.get("/q/health")
        begin = time.time()
        share = result.figure(f"relay, {java}", "share of one core", "%", [running.share(MINUTES * 60)])
        requests = len(bench.api.requests("w5", begin))
        resident = result.figure(f"relay, {java}", "resident memory", "MiB", [running.resident()])
        running.stop()
        result.figure(f"relay, {java}", "list requests in five minutes", "", [requests])
        result.at_most(java, "list requests per poll", requests / (MINUTES * 60 / PERIOD), 1.04)
        result.at_most(java, "% of one core", share, 0.7)
        result.at_most(java, "resident memory, MiB", resident, 180)
    return result


def many_destinations(bench, result):
    """`run` with 200 routes, each of which delivers to a directory, with a poll period of 10 s. Eight exports have been
    delivered to each of them. The measurement starts 75 s after the last delivery and takes two minutes, in one round."""
    result.rounds = 1
    api = bench.list("w14", bench.data.small(), EXPORTS, 10)
    for java in bench.javas:
        relay = Relay(bench.folder("w14-relay"), bench.nginx, api, java).setting("relay.poll.period", f"{PERIOD}s")
        for number in range(DESTINATIONS):
            relay.own_route(f"deliver-to-{number}", DESTINATION.format(number=number))
        running = relay.start()
        running.wait_for(lambda: running.count(DELIVERED) == DESTINATIONS * EXPORTS, 300, 1)
        time.sleep(75)
        share = result.figure(f"relay, {java}", "share of one core", "%", [running.share(120)])
        threads = result.figure(f"relay, {java}", "threads", "", [running.threads()])
        resident = result.figure(f"relay, {java}", "resident memory", "MiB", [running.resident()])
        running.stop()
        result.at_most(java, "% of one core", share, 2)
        result.at_most(java, "threads", threads, 150)
        result.at_most(java, "resident memory, MiB", resident, 300)
    return result


def start_up(bench, result):
    """The time from the start of the process to the first request to the API. The relay is `run` with the shipped file
    route and the Java options for small hosts, first as it is installed and then with the cache or archive of `optimize`.
    The reference is a Camel Quarkus application with the same extensions, on the same Java. Its only route is a timer that
    calls the same endpoint. It runs with the Java options for small hosts and without options."""
    api = bench.list("w6", bench.data.small(), 0)
    result.rounds *= 2
    sides = {
        "relay": lambda java: _relay(bench, api, java, INSTALLATION),
        "relay, optimized": lambda java: _relay(bench, api, java, java.optimized),
        "smallest application": lambda java: _smallest(bench, api, java, SMALL.split()),
        "smallest application without options": lambda java: _smallest(bench, api, java, [])}
    times = {java: {side: [] for side in sides} for java in bench.javas}
    for _ in range(result.rounds):
        for java in bench.javas:
            for side, start in sides.items():
                times[java][side].append(_first_request(bench, start(java)))
    for java in bench.javas:
        relay, optimized, smallest, plain = (
            result.figure(f"{side}, Java {java.feature}", "start to first request", "s", values)
            for side, values in times[java].items())
        result.at_most(java, "relay ÷ smallest application, same options", relay / smallest, 1.3)
        result.at_most(java, "relay, optimized ÷ smallest application without options", optimized / plain, 0.75)
    return result


def _relay(bench, api, java, installation):
    relay = Relay(bench.folder("w6-relay"), bench.nginx, api, java, SMALL, installation).route("deliver-to-file")
    return relay.start()


def _smallest(bench, api, java, flags):
    return plain_camel.start(bench.folder("w6-smallest"), "smallest", api, java, flags)


def _first_request(bench, running):
    running.wait_for(lambda: bench.api.requests("w6", running.started), 60)
    time.sleep(0.5)
    running.process.terminate()
    running.finish(allowed=(0, 143))
    return bench.api.requests("w6", running.started)[0] - running.started
