"""Records and links to Kafka."""

import csv
import gzip
import json
import os
import re

from harness import plain_camel
from harness.process import run
from harness.relay import DELIVERED, SMALL, Relay
from harness.servers import LIBRARIES

RECORDS = 1_000_000
SAMPLE = 20_000
SETTINGS = ["compression.type=lz4", "linger.ms=10", "batch.size=131072", "buffer.memory=16777216", "acks=all",
            "enable.idempotence=true", "max.in.flight.requests.per.connection=5"]
"""The settings of the shipped route."""


def records(bench, result):
    """One export of 1,000,000 records (160 MB compressed, 413 MB of CSV) with the shipped route. Each record is a JSON
    message, and all are in one transaction. The time is the duration of the delivery in the relay's log, from the claim
    until the ledger records it. The reference is `kafka-producer-perf-test` in one transaction with the same producer
    settings. It sends records of the same mean size: the first 20,000 of the file as JSON, in random order. Its figure
    is the one that it prints, without its start."""
    api = bench.list("w3", [bench.data.million()], 1, RECORDS)
    sample = _sample(bench)
    relays, references = bench.by_java(), bench.by_java()
    for _ in range(bench.rounds):
        for java in bench.javas:
            bench.kafka.empty_topic("records")
            relay = Relay(bench.folder("w3-relay"), bench.nginx, api, java).route("deliver-records-to-kafka")
            relay.setting("kafka.brokers", bench.kafka.address).setting("kafka.records-topic", "records")
            relays[java].append(relay.once())
            bench.kafka.empty_topic("records")
            os.sync()
            references[java].append(run([
                java.command, "-cp", LIBRARIES, "org.apache.kafka.tools.ProducerPerformance",
                "--topic", "records", "--num-records", str(RECORDS), "--throughput", "-1",
                "--payload-file", str(sample), "--transactional-id", "bench",
                "--transaction-duration-ms", "600000",
                "--producer-props", f"bootstrap.servers={bench.kafka.address}", *SETTINGS]))
    for java in bench.javas:
        result.process(f"relay, {java}", relays[java])
        rate = result.figure(
            f"relay, {java}", "delivery", "records/s", [RECORDS / _delivery_seconds(measured) for measured in relays[java]])
        side = f"kafka-producer-perf-test, Java {java.feature}"
        result.process(side, references[java])
        reference = result.figure(side, "sending", "records/s", [_sending_rate(measured) for measured in references[java]])
        result.at_least(java, "records/s ÷ reference", rate / reference, 0.9 if java.is_optimized else 0.8)
    bench.kafka.empty_topic("records")
    return result


def small_exports(bench, result):
    """The relay delivers the file of each export to a directory and its link to a Kafka topic, with the shipped routes, the
    Java options for small hosts, and the ledger on SQLite. The reference is the [hand-written route](naive-route.md), on
    Camel Quarkus without the relay. The time is from the first request to the last delivery."""
    count = 20_000
    api = bench.list("w4", bench.data.small(), count, 10)
    relays, naives = bench.by_java(), bench.by_java()
    for _ in range(bench.rounds):
        for java in bench.javas:
            bench.kafka.empty_topic("links")
            relay = Relay(bench.folder("w4-relay"), bench.nginx, api, java, SMALL)
            relay.route("deliver-to-file").route("deliver-links-to-kafka")
            relay.setting("kafka.brokers", bench.kafka.address).setting("kafka.links-topic", "links")
            measured = relay.once()
            if measured.count(DELIVERED) != 2 * count:
                raise RuntimeError(f"{measured.count(DELIVERED)} delivered")
            relays[java].append(measured)
            bench.kafka.empty_topic("naive-links")
            naives[java].append(_naive(bench, api, java))
    for java in bench.javas:
        rate = _throughput(bench, result, f"relay, {java}", relays[java], 2 * count, DELIVERED)
        naive = _throughput(
            bench, result, f"hand-written route, Java {java.feature}", naives[java], 2 * count, "all pages are done")
        result.at_least(java, "deliveries/s ÷ hand-written route", rate / naive, 2.0)
    return result


def _throughput(bench, result, side, runs, deliveries, end):
    """From the first request to the last line with this text."""
    result.process(side, runs)
    return result.figure(side, "throughput", "deliveries/s", [
        deliveries / (measured.time_of(end, last=True) - bench.api.requests("w4", measured.started)[0])
        for measured in runs])


def _naive(bench, api, java):
    folder = bench.folder("w4-naive")
    naive = plain_camel.start(
        folder, "naive", api, java, API_KEY="dm_sk_live_" + "0" * 32, KAFKA_BROKERS=bench.kafka.address,
        ARCHIVE_DIRECTORY=str(folder / "archive"))
    naive.wait_for_line("all pages are done", 900)
    naive.process.terminate()
    return naive.finish(allowed=(0, 143))


def _delivery_seconds(measured):
    for _, line in measured.lines:
        match = re.search(r"exports:kafka-records: delivered .* in ([0-9.]+) s", line)
        if match:
            return float(match.group(1))
    raise RuntimeError("nothing was delivered")


def _sending_rate(measured):
    """As kafka-producer-perf-test prints it."""
    summaries = [re.search(r"^1000000 records sent, ([0-9.]+) records/sec", line) for _, line in measured.lines]
    return float(next(match for match in summaries if match)[1])


def _sample(bench):
    """The first records of the file, in the JSON that the relay writes."""
    path = bench.work / "sample.json"
    if not path.exists():
        with gzip.open(bench.data.files / bench.data.million(), "rt", newline="") as file, open(path, "w") as out:
            reader = csv.DictReader(file)
            for _ in range(SAMPLE):
                out.write(json.dumps(next(reader), separators=(",", ":"), ensure_ascii=False) + "\n")
    return path
