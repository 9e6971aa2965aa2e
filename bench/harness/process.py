"""Whole processes: their times, their memory, and when they print which line."""

import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measured:
    """The operating system's figures for a finished process and the children that it waited for."""

    started: float
    """Seconds since the epoch."""
    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    peak: float
    """MiB resident, of the largest single process."""
    code: int
    lines: list = field(repr=False)
    """(seconds since the epoch, text) of each line of its standard output and error."""

    def time_of(self, pattern, last=False):
        """The time of the first (or last) line that contains the pattern."""
        times = [at for at, line in self.lines if re.search(pattern, line)]
        if not times:
            raise RuntimeError(f"no line has {pattern!r}:\n" + "\n".join(line for _, line in self.lines[-20:]))
        return times[-1] if last else times[0]

    def count(self, pattern):
        return sum(1 for _, line in self.lines if re.search(pattern, line))


class Running:
    """A running process. A thread reads its output."""

    def __init__(self, command, cwd=None, env=None):
        self.lines = []
        self.started = time.time()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append((time.time(), line.rstrip("\n")))

    def wait_for(self, holds, seconds, every=0.01):
        """Waits until a condition holds. It is checked at this period, in seconds."""
        deadline = time.time() + seconds
        while not holds():
            if self.process.poll() is not None or time.time() > deadline:
                self.process.kill()
                raise RuntimeError("the process ended or timed out:\n" + "\n".join(line for _, line in self.lines[-20:]))
            time.sleep(every)

    def wait_for_line(self, pattern, seconds):
        self.wait_for(lambda: any(re.search(pattern, line) for _, line in list(self.lines)), seconds)

    def cpu(self):
        """Seconds of CPU time so far."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def share(self, seconds):
        """Waits that long; returns the CPU time meanwhile, in percent of one core."""
        begin, cpu = time.time(), self.cpu()
        time.sleep(seconds)
        return 100 * (self.cpu() - cpu) / (time.time() - begin)

    def resident(self):
        """MiB of memory now."""
        return self._status("VmRSS") / 1024

    def threads(self):
        return self._status("Threads")

    def _status(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"^{name}:\s+(\d+)", status.read(), re.MULTILINE)[1])

    def count(self, pattern, since=0):
        """Of the lines so far, without some of the first ones, those that contain the pattern."""
        return sum(1 for _, line in self.lines[since:] if re.search(pattern, line))

    def stop(self):
        """SIGTERM, as a service manager sends it."""
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self, allowed=(0,)):
        """Waits for the end. Any exit code that is not allowed is an error."""
        _, status, usage = os.wait4(self.process.pid, 0)
        wall = time.time() - self.started
        code = os.waitstatus_to_exitcode(status)
        self.process.returncode = code
        self.reader.join()
        self.process.stdout.close()
        if code not in allowed:
            raise RuntimeError(f"exit code {code}:\n" + "\n".join(line for _, line in self.lines[-20:]))
        return Measured(
            self.started, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code, self.lines)


def run(command, cwd=None, env=None):
    """Runs a command to its end. The shell runs a text, and stops at the first error."""
    if isinstance(command, str):
        command = ["bash", "-euo", "pipefail", "-c", command]
    return Running(command, cwd, env).finish()
