"""The figures of each workload, and the page docs/benchmarks.md with them."""

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
    """One quantity of one program, with its value in each round."""

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
    """An upper or lower bound for a median."""

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
    """The results of one workload."""

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
        """Adds the figures that every process has; returns the median wall time."""
        self.figure(side, "CPU time", "s", [run.cpu for run in runs])
        self.figure(side, "peak memory", "MiB", [run.peak for run in runs])
        return self.figure(side, "wall time", "s", [run.wall for run in runs])

    def at_most(self, text, value, bound):
        self.targets.append(Target(text, value, most=bound))

    def at_least(self, text, value, bound):
        self.targets.append(Target(text, value, least=bound))

    def markdown(self):
        lines = [f"## {self.number}. {self.title}", "", self.method, "",
                 f"{self.rounds} {'round' if self.rounds == 1 else 'rounds'}, commit `{self.commit}`, {self.date}.", "",
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
    """Writes the whole page from the last results of each workload and from notes.md."""
    results = [_load(path) for path in sorted((work / "results").glob("*.json"))]
    lines = ["# Benchmarks", "",
             "How fast is the relay, and how much memory does it use, compared with the tools that you could use instead? `bench/run`",
             "measures this and writes this page. It runs the packaged jar and the other tools as whole processes, in turn, on the same",
             "machine. The times include the start of the process, unless a target says otherwise. The results are medians. The speed of",
             "machines varies, so the ratios are more reliable than the absolute values.", "",
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
            f" Java {java}. All programs run on it, including the servers.")


def _output(*command, merged=False):
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT if merged else None, text=True).stdout.strip()
