"""The command line: which workloads run, how often, and in which folder."""

import argparse
import inspect
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from harness import java, report
from harness.data import Data
from harness.java import PROJECT
from harness.servers import HERE, Api, Kafka, Nginx, Postgres, Sshd
from harness.workloads import ALL

NEEDED = {"nginx": "nginx-light", "sshd": "openssh-server", "sftp": "openssh-client", "curl": "curl",
          "rclone": "rclone", "java": "openjdk-17-jdk-headless", "mvn": "maven"}


class Bench:
    """What the workloads share: the versions of Java, the work folder, the data, and the servers, each started at its first
    use."""

    def __init__(self, work, rounds, javas, stack):
        self.work = work
        self.rounds = rounds
        self.javas = javas
        self.data = Data(work)
        self.api = Api()
        self._stack = stack
        self._servers = {}

    def _server(self, kind):
        if kind not in self._servers:
            self._servers[kind] = kind(self.work)
            self._stack.callback(self._servers[kind].close)
        return self._servers[kind]

    nginx = property(lambda self: self._server(Nginx))
    sshd = property(lambda self: self._server(Sshd))
    kafka = property(lambda self: self._server(Kafka))
    postgres = property(lambda self: self._server(Postgres))

    def list(self, name, files, count, records=None, folder="files", expired=False):
        """Lets the API list completed exports with one file each; returns the URL of the API."""
        return self.api.publish(name, self.data.exports(self.nginx, files, count, records, folder, expired))

    def by_java(self):
        """An empty list for the values of each column."""
        return {each: [] for each in self.javas}

    def folder(self, name):
        """An empty folder."""
        path = self.work / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description="Runs the benchmarks; see bench/README.md.")
    parser.add_argument("workload", nargs="*", type=int, help="numbers of the workloads (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each workload (default: 5)")
    parser.add_argument("--work", type=Path, default=HERE / "target", help="folder for data, needs 25 GB (default: bench/target)")
    parser.add_argument("--no-build", action="store_true", help="use the existing jars")
    arguments = parser.parse_args()
    missing = sorted({package for command, package in NEEDED.items() if not _is_there(command)})
    if missing:
        print("some programs are not installed; on Debian: apt-get install " + " ".join(missing), file=sys.stderr)
        return 2
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    javas = java.find()
    print("Relay: " + ", ".join(f"{each} ({each.version})" for each in javas), flush=True)
    if not arguments.no_build:
        _build(javas)
    with ExitStack() as stack:
        bench = Bench(work, arguments.rounds, javas, stack)
        for number in arguments.workload or sorted(ALL):
            title, measure = ALL[number]
            print(f"{number}. {title}", flush=True)
            result = measure(bench, report.Result(number, title, inspect.cleandoc(measure.__doc__), arguments.rounds))
            report.save(result, work)
            print(result.markdown(), flush=True)
    report.write_page(work, javas)
    return 0


def _is_there(command):
    return shutil.which(command) or shutil.which(command, path="/usr/sbin")


def _build(javas):
    for project, goal in ((PROJECT, "package"), (HERE / "servers", "package"), (HERE / "plain-camel", "package")):
        subprocess.run(["mvn", "-q", "-B", goal, "-DskipTests"], cwd=project, check=True)
    for each in javas:
        each.optimize()
