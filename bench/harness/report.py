"""Figures of a workload's rounds, and docs/benchmarks.md made of them."""

import json
import os
import statistics
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from harness.servers import HERE

PROJECT = HERE.parent
PAGE = PROJECT / "docs" / "benchmarks.md"


@dataclass
class Figure:
    """One quantity of one side, round by round."""

    side: str
    name: str
    unit: str
    values: list

    def text(self):
        low, middle, high = (self._number(of(self.values)) for of in (min, statistics.median, max))
        return f"| {self.side} | {self.name} | {self.unit} | {middle} | {low} | {high} |"

    @staticmethod
    def _number(value):
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@dataclass
class Target:
    """A demand on a median."""

    text: str
    value: float
    most: float = None
    least: float = None

    def met(self):
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    def line(self):
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        return f"| {self.text} | {bound} | **{self.value:.2f}** | {'yes' if self.met() else 'no'} |"


@dataclass
class Result:
    """What a workload has measured."""

    number: int
    title: str
    method: str
    rounds: int
    figures: list = field(default_factory=list)
    targets: list = field(default_factory=list)
    commit: str = ""
    date: str = ""

    def figure(self, side, name, unit, values):
        self.figures.append(Figure(side, name, unit, list(values)))
        return statistics.median(values)

    def process(self, side, runs):
        """The figures that every process has; gives the median wall time."""
        self.figure(side, "processor time", "s", [run.cpu for run in runs])
        self.figure(side, "peak memory", "MiB", [run.peak for run in runs])
        return self.figure(side, "wall time", "s", [run.wall for run in runs])

    def at_most(self, text, value, bound):
        self.targets.append(Target(text, value, most=bound))

    def at_least(self, text, value, bound):
        self.targets.append(Target(text, value, least=bound))

    def markdown(self):
        lines = [f"## {self.number}. {self.title}", "", self.method, "",
                 f"{self.rounds} rounds, commit `{self.commit}`, {self.date}.", "",
                 "| | figure | unit | median | min | max |", "|---|---|---|--:|--:|--:|"]
        lines += [figure.text() for figure in self.figures]
        lines += ["", "| target | bound | measured | met |", "|---|--:|--:|---|"]
        lines += [target.line() for target in self.targets]
        return "\n".join(lines) + "\n"


def save(result, work):
    result.commit = _output("git", "-C", PROJECT, "describe", "--always", "--dirty", "--abbrev=10")
    result.date = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    folder = work / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{result.number}.json").write_text(json.dumps(asdict(result), indent=1))


def write_page(work):
    """The whole page, from the last results of each workload; its hand-written notes are in notes.md."""
    results = [_load(path) for path in sorted((work / "results").glob("*.json"))]
    lines = ["# Benchmarks", "",
             "Made by `bench/run`: whole processes of the packaged jar, start-up included unless a target says otherwise, beside",
             "what a user would otherwise run, alternately on the same machine. Medians count; machines are noisy, so look at ratios.", "",
             _machine(), "",
             "| # | workload | target | bound | measured | met |", "|--:|---|---|--:|--:|---|"]
    lines += [f"| {result.number} | {result.title} {target.line()}" for result in results for target in result.targets]
    lines.append("")
    notes = (HERE / "notes.md").read_text().strip()
    PAGE.write_text("\n".join(lines) + "\n" + notes + "\n\n" + "\n".join(result.markdown() for result in results))


def _load(path):
    raw = json.loads(path.read_text())
    raw["figures"] = [Figure(**figure) for figure in raw["figures"]]
    raw["targets"] = [Target(**target) for target in raw["targets"]]
    return Result(**raw)


def _machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    java = _output("java", "-version", merged=True).splitlines()[0].split('"')[1]
    return (f"Machine: {os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {os.uname().release.split('-')[0]},"
            f" Java {java}. Everything runs there, servers included.")


def _output(*command, merged=False):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT if merged else None, text=True).stdout.strip()
