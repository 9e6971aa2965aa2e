"""The figures of each workload, and the page docs/benchmarks.md with them."""

import json
import os
import statistics
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from harness.java import PROJECT
from harness.servers import HERE

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
    most: float = None
    least: float = None
    values: dict = field(default_factory=dict)
    """What was measured, by the title of the column."""

    def line(self, columns):
        bound = f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}"
        return f"| {self.text} | {bound} |" + "".join(self._cells(self.values.get(column)) for column in columns)

    def _cells(self, value):
        if value is None:
            return " | |"
        is_met = value <= self.most if self.most is not None else value >= self.least
        return f" **{value:.2f}** | {'yes' if is_met else 'no'} |"


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

    def at_most(self, java, text, value, bound):
        self._target(Target(text, most=bound)).values[str(java)] = value

    def at_least(self, java, text, value, bound):
        self._target(Target(text, least=bound)).values[str(java)] = value

    def _target(self, new):
        """The same target of another column, or a new one."""
        for target in self.targets:
            if (target.text, target.most, target.least) == (new.text, new.most, new.least):
                return target
        self.targets.append(new)
        return new

    def markdown(self):
        lines = [f"## {self.number}. {self.title}", "", self.method, "",
                 f"{self.rounds} {'round' if self.rounds == 1 else 'rounds'}, commit `{self.commit}`, {self.date}.", "",
                 "| | figure | unit | median | min | max |", "|---|---|---|--:|--:|--:|"]
        lines += [figure.text() for figure in self.figures]
        columns = _columns([self])
        lines += ["", f"| target | bound |{_titles(columns)}", f"|---|--:|{'--:|---|' * len(columns)}"]
        lines += [target.line(columns) for target in self.targets]
        return "\n".join(lines) + "\n"


def save(result, work):
    result.commit = _output("git", "-C", PROJECT, "describe", "--always", "--dirty", "--abbrev=10")
    result.date = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    folder = work / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{result.number}.json").write_text(json.dumps(asdict(result), indent=1))


def write_page(work, javas):
    """Writes the whole page from the last results of each workload and from notes.md."""
    results = sorted((_load(path) for path in (work / "results").glob("*.json")), key=lambda result: result.number)
    columns = _columns(results)
    lines = ["# Benchmarks", "",
             "How fast is the relay, and how much memory does it use, compared with the tools that you could use instead? `bench/run`",
             "measures this and writes this page. It runs the unpacked archive with its launcher and the other tools as whole processes,",
             "in turn, on the same machine. The times include the start of the process, unless a target says otherwise. The results are",
             "medians. The speed of machines varies, so the ratios are more reliable than the absolute values.", "",
             "On Java 17, the relay runs as it is installed. On Java 25, it runs with the cache that `export-relay optimize` creates.",
             "References that are Java programs run on the same Java.", "",
             _machine(javas), "",
             f"| # | workload | target | bound |{_titles(columns)}", f"|--:|---|---|--:|{'--:|---|' * len(columns)}"]
    lines += [f"| {result.number} | {result.title} {target.line(columns)}" for result in results for target in result.targets]
    lines.append("")
    notes = (HERE / "notes.md").read_text().strip()
    PAGE.write_text("\n".join(lines) + "\n" + notes + "\n\n" + "\n".join(result.markdown() for result in results))


def _load(path):
    raw = json.loads(path.read_text())
    raw["figures"] = [Figure(**figure) for figure in raw["figures"]]
    raw["targets"] = [Target(**target) for target in raw["targets"]]
    return Result(**raw)


def _columns(results):
    return list(dict.fromkeys(column for result in results for target in result.targets for column in target.values))


def _titles(columns):
    return "".join(f" {column} | met |" for column in columns)


def _machine(javas):
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    missing = "" if len(javas) > 1 else " It has no Java 25, so the page lacks these figures."
    return (f"Machine: {os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {os.uname().release.split('-')[0]},"
            f" Java {' and '.join(java.version for java in javas)}. All programs run on it, including the servers.{missing}")


def _output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
