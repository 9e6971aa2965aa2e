"""The versions of Java that run the relay. Each is a column of the page."""

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.servers import HERE

PROJECT = HERE.parent
INSTALLATION = PROJECT / "target" / "export-relay"
"""The unpacked archive, as it is built."""


@dataclass(frozen=True)
class Java:
    """A Java, and how the relay is installed for it. Its text is the title of the column."""

    home: str
    version: str
    is_optimized: bool = False
    """Whether the relay runs with the archive that `optimize` creates."""

    def __str__(self):
        return f"Java {self.feature}" + (" with the cache" if self.is_optimized else "")

    @property
    def feature(self):
        return int(re.match(r"\d+", self.version)[0])

    @property
    def command(self):
        return f"{self.home}/bin/java"

    @property
    def optimized(self):
        """A copy of the installation, with the archive."""
        return PROJECT / "target" / f"export-relay-java-{self.feature}"

    @property
    def installation(self):
        return self.optimized if self.is_optimized else INSTALLATION

    def optimize(self):
        shutil.rmtree(self.optimized, ignore_errors=True)
        shutil.copytree(INSTALLATION, self.optimized)
        subprocess.run([self.optimized / "bin" / "export-relay", "optimize"], check=True,
                       env={**os.environ, "JAVA_HOME": self.home, "JAVA_OPTS": ""})


def find():
    """The default Java as it is, and Java 25 with the cache, if there is one."""
    default = os.environ.get("JAVA_HOME") or Path(shutil.which("java")).resolve().parent.parent
    others = [os.environ["JAVA_25_HOME"]] if os.environ.get("JAVA_25_HOME") else sorted(glob.glob("/usr/lib/jvm/*"))
    newer = [Java(home, _version(home), True) for home in others if os.access(f"{home}/bin/java", os.X_OK)]
    return [Java(str(default), _version(default))] + [java for java in newer if java.feature == 25][:1]


def _version(home):
    shown = subprocess.run([f"{home}/bin/java", "-version"], check=True, capture_output=True, text=True).stderr
    return re.search(r'version "([^"]+)"', shown)[1]
