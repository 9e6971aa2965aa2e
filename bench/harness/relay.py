"""The packaged relay in a separate working directory, with the project's routes and settings."""

import os
import re
import shutil
from pathlib import Path

from harness.process import Running, run
from harness.servers import HERE, free_port

PROJECT = HERE.parent
INSTALLATION = PROJECT / "target" / "export-relay"
OPTIMIZED = PROJECT / "target" / "export-relay-optimized"
"""The installation as it is built, and a copy with the archive of `optimize`."""
SMALL = re.search(r"^JAVA_OPTS='(.+)'", (PROJECT / "docs" / "install.md").read_text(), re.MULTILINE)[1]
"""The Java options for small hosts in docs/install.md."""
DELIVERED = r"exports:\S+: delivered "


class Relay:

    def __init__(self, directory, nginx, api, java_opts="", installation=INSTALLATION):
        self.directory = Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory / "routes").mkdir(parents=True)
        shutil.copy(PROJECT / "application.properties", self.directory)
        self.launcher = installation / "bin" / "export-relay"
        self.environment = {"JAVA_OPTS": java_opts, "EXPORT_RELAY_HOME": str(self.directory)}
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
        return [str(self.launcher), *arguments]

    def start(self, *arguments):
        return Running(self.command(*arguments), self.directory, self.environment)

    def once(self):
        """Polls once and delivers all exports. An undelivered export is an error."""
        os.sync()
        return run(self.command("once"), self.directory, self.environment)
