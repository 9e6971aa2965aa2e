"""The packaged relay in a separate working directory, with the project's routes and settings."""

import os
import re
import shutil
from pathlib import Path

from harness.process import Running, run
from harness.servers import HERE, free_port

PROJECT = HERE.parent
JAR = PROJECT / "target" / "quarkus-app" / "quarkus-run.jar"
ONE_JAR = PROJECT / "target" / "export-relay-0.1.0-SNAPSHOT-runner.jar"
CLASS_DATA = PROJECT / "target" / "export-relay.jsa"
FLAGS, SMALL_FLAGS, ARCHIVE_FLAGS = (
    flags.split() for flags in re.findall(r"^java ((?:-X\S+ )+)-jar", (PROJECT / "README.md").read_text(), re.MULTILINE))
"""The Java options in the README: for most installations, for small hosts, and with a class-data archive."""
DELIVERED = r"exports:\S+: delivered "


class Relay:

    def __init__(self, directory, nginx, api, flags=None):
        self.directory = Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "routes").mkdir(parents=True)
        shutil.copy(PROJECT / "application.properties", self.directory)
        self.flags = FLAGS if flags is None else flags
        self.environment = {}
        self.setting("relay.api.url", api)
        self.setting("relay.api.key", "dm_sk_live_" + "0" * 32)
        self.setting("relay.download.allowed-hosts", f"127.0.0.1:{nginx.port}")
        self.setting("relay.http.port", free_port())
        self.route("poll-exports")

    def setting(self, key, value):
        self.environment[key.upper().replace(".", "_").replace("-", "_")] = str(value)
        return self

    def route(self, name):
        """Adds a shipped route file."""
        shipped = PROJECT / "routes" / f"{name}.camel.yaml"
        if not shipped.exists():
            shipped = PROJECT / "routes" / "examples" / f"{name}.camel.yaml"
        shutil.copy(shipped, self.directory / "routes")
        return self

    def own_route(self, name, text):
        (self.directory / "routes" / f"{name}.camel.yaml").write_text(text)
        return self

    def command(self, *arguments):
        archive = self.flags == ARCHIVE_FLAGS
        return ["java", *(flag.replace("=target/", f"={PROJECT}/target/") for flag in self.flags),
                "-jar", str(ONE_JAR if archive else JAR), *arguments]

    def start(self, *arguments):
        return Running(self.command(*arguments), self.directory, self.environment)

    def once(self):
        """Polls once and delivers all exports. An undelivered export is an error."""
        os.sync()
        return run(self.command("once"), self.directory, self.environment)
