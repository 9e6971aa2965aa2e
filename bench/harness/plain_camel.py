"""Camel Quarkus with the relay's extensions and no own code. It runs one of its route folders."""

import os
import shutil

from harness.process import Running
from harness.servers import HERE, free_port

PLAIN_CAMEL = HERE / "plain-camel"


def start(folder, routes, api, java, flags=(), **environment):
    """Runs the routes of that name in an empty folder, with their settings in the environment."""
    shutil.copytree(PLAIN_CAMEL / routes, folder / "routes")
    os.sync()
    return Running(
        [java.command, *flags, "-jar", str(PLAIN_CAMEL / "target/quarkus-app/quarkus-run.jar")], folder,
        {"API_URL": api, "QUARKUS_HTTP_PORT": str(free_port()), **environment})
