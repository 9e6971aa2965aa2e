"""The workloads of the benchmark, by number."""

from harness.workloads import commands, cost, files, instances, kafka, ledger, outages, past

ALL = {
    1: ("640 exports of 2.5 MB to a directory", files.to_directory),
    2: ("640 exports of 2.5 MB to SFTP", files.to_sftp),
    3: ("1,000,000 records to Kafka, in one transaction", kafka.records),
    4: ("20,000 exports of 2 kB to a directory and a Kafka topic", kafka.small_exports),
    5: ("Idle with 10,000 past exports", cost.idle),
    6: ("Start to the first request", cost.start_up),
    7: ("A file of 5 GB to SFTP in a heap of 64 MiB", files.huge_file),
    8: ("A ledger of 1,000,000 deliveries", ledger.history),
    9: ("Instances that share a slow store", instances.slow_store),
    10: ("Commands and pages on a ledger of 1,000,000 deliveries", commands.reading),
    11: ("50,000 deliveries that wait for a destination that is down", outages.waiting),
    12: ("First read of 100,000 past exports", past.first_read),
    13: ("10,000 exports of 2 kB, ledger on PostgreSQL", instances.small_exports),
    14: ("Idle with 200 destinations", cost.many_destinations),
    15: ("100,000 past exports to a new destination, beside new exports", past.backfill),
}
