"""The packaged relay in a separate working directory, with the project's routes and settings."""

import os
import re
import shutil
import time
from pathlib import Path
from urllib.request import urlopen

from harness.java import PROJECT
from harness.process import Running, run
from harness.servers import free_port

SMALL = re.search(r"^JAVA_OPTS='(.+)'", (PROJECT / "docs" / "install.md").read_text(), re.MULTILINE)[1]
"""The Java options for small hosts in docs/install.md."""
DELIVERED = r"exports:\S+: delivered "


class Relay:

    def __init__(self, directory, nginx, api, java, java_opts="", installation=None):
        self.directory = Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "routes").mkdir(parents=True)
        shutil.copy(PROJECT / "application.properties", self.directory)
        self.launcher = (installation or java.installation) / "bin" / "export-relay"
        self.port = free_port()
        self.environment = {"JAVA_HOME": java.home, "JAVA_OPTS": java_opts, "EXPORT_RELAY_HOME": str(self.directory)}
        self.setting("relay.api.url", api)
        self.setting("relay.api.key", "dm_sk_live_" + "0" * 32)
        self.setting("relay.download.allowed-hosts", f"127.0.0.1:{nginx.port}")
        self.setting("relay.http.port", self.port)
        self.route("poll-exports")

    def setting(self, key, value):
        self.environment[key.upper().replace(".", "_").replace("-", "_")] = str(value)
        return self

    def ledger_on(self, postgres, database):
        return self.setting("relay.ledger.url", postgres.url(database)).setting("relay.ledger.username", "postgres")

    def route(self, name, option="", step=""):
        """Adds a shipped route file, as it is, or with one more option of `exports:` or with one more step, its first."""
        shipped = PROJECT / "routes" / f"{name}.camel.yaml"
        if not shipped.exists():
            shipped = PROJECT / "routes" / "examples" / f"{name}.camel.yaml"
        text = shipped.read_text()
        if option:
            text = text.replace("        payload: file\n", f"        payload: file\n        {option}\n", 1)
        if step:
            text = text.replace("      steps:\n", f"      steps:\n{step}", 1)
        return self.own_route(name, text)

    def own_route(self, name, text):
        """A running relay loads it within five seconds, either all of it or nothing."""
        file = self.directory / "routes" / f"{name}.camel.yaml"
        file.with_suffix(".part").write_text(text)
        file.with_suffix(".part").rename(file)
        return self

    def command(self, *arguments):
        return [str(self.launcher), *arguments]

    def start(self, *arguments):
        return Running(self.command(*arguments), self.directory, self.environment)

    def run(self, *arguments):
        """Runs a command to its end."""
        return run(self.command(*arguments), self.directory, self.environment)

    def once(self):
        """Polls once and delivers all exports. An undelivered export is an error."""
        os.sync()
        return self.run("once")

    def get(self, path):
        """Loads a page of the running relay; returns the seconds that this takes."""
        start = time.perf_counter()
        with urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            answer.read()
        return time.perf_counter() - start
