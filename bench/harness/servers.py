"""The servers: the API, nginx as its store, OpenSSH, Kafka and PostgreSQL, all on 127.0.0.1."""

import getpass
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

HERE = Path(__file__).resolve().parent.parent
LIBRARIES = f"{HERE}/servers/target/classes:{HERE}/servers/target/lib/*"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process):
    deadline = time.time() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.time() > deadline:
                raise RuntimeError(f"{process.args[0]} does not start") from None
            time.sleep(0.02)


class Api:
    """The exports API as documented, for any number of lists: NAME/v1/exports, and single exports by id."""

    def __init__(self):
        self._lists = {}
        """The text of each export, in the order of the list."""
        self._by_id = {}
        self._seconds = {}
        self._requests = {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                api._answer(self)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, name, exports, seconds=0):
        """Replaces a list; returns the URL for relay.api.url. Each answer takes at least this time."""
        self._lists[name], self._by_id[name], self._seconds[name] = [], {}, seconds
        self._requests.setdefault(name, [])
        self.add(name, exports)
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def add(self, name, exports):
        """Puts exports in front of a list."""
        added = {export["export_id"]: json.dumps(export) for export in exports}
        self._by_id[name].update(added)
        self._lists[name] = [*added.values(), *self._lists[name]]

    def requests(self, name, since=0.0):
        """The times of the requests for this list, in seconds since the epoch, ascending."""
        return [at for at in self._requests[name] if at >= since]

    def _answer(self, request):
        now = time.time()
        url = urlsplit(request.path)
        name = url.path.split("/")[1]
        self._requests[name].append(now)
        time.sleep(self._seconds[name])
        query = dict(parse_qsl(url.query))
        limit, offset = int(query.get("limit", 25)), int(query.get("offset", 0))
        identifier = url.path.partition("/v1/exports/")[2]
        if identifier:
            body = f'{{"data": {self._by_id[name][identifier]}}}'.encode()
        else:
            exports = self._lists[name]
            pagination = {"limit": limit, "offset": offset, "total": len(exports), "has_more": offset + limit < len(exports)}
            body = (f'{{"data": [{", ".join(exports[offset:offset + limit])}],'
                    f' "pagination": {json.dumps(pagination)}}}').encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        for limited in ("X-RateLimit", "X-RateLimit-Day"):
            request.send_header(f"{limited}-Limit", "10000000")
            request.send_header(f"{limited}-Remaining", "10000000")
        request.end_headers()
        request.wfile.write(body)

    def close(self):
        self._server.shutdown()


class Nginx:
    """Serves the files of the work folder below /files, and with limited speed below /slow."""

    def __init__(self, work, slow_rate="2m"):
        self.port = free_port()
        folder = work / "nginx"
        folder.mkdir(exist_ok=True)
        configuration = folder / "nginx.conf"
        configuration.write_text(f"""
            {"user root;" if os.geteuid() == 0 else ""}
            daemon off;
            worker_processes 2;
            pid {folder}/pid;
            error_log {folder}/error.log;
            events {{ worker_connections 512; }}
            http {{
              access_log off;
              sendfile on;
              tcp_nopush on;
              keepalive_requests 1000000;
              open_file_cache max=1000;
              client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
              uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
              server {{
                listen 127.0.0.1:{self.port};
                location /files/ {{ alias {work}/files/; }}
                location /slow/ {{ alias {work}/files/; limit_rate {slow_rate}; }}
              }}
            }}""")
        self.process = subprocess.Popen(["nginx", "-c", configuration, "-p", folder], stderr=subprocess.DEVNULL)
        await_port(self.port, self.process)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def close(self):
        self.process.terminate()
        self.process.wait()


class Sshd:
    """The OpenSSH server, with a separate key, for the current user. It allows only SFTP: otherwise rclone runs commands
    in a shell, and the start of the shell would be measured too."""

    def __init__(self, work):
        self.port = free_port()
        self.user = getpass.getuser()
        self.folder = work / "sshd"
        self.folder.mkdir(exist_ok=True)
        self.key = self.folder / "user"
        for name in ("host", "user"):
            if not (self.folder / name).exists():
                subprocess.run(
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        os.chmod(self.folder, 0o700)
        host_key = (self.folder / "host.pub").read_text().split()
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {host_key[0]} {host_key[1]}\n")
        configuration = self.folder / "sshd_config"
        configuration.write_text(f"""
            ListenAddress 127.0.0.1
            Port {self.port}
            HostKey {self.folder}/host
            AuthorizedKeysFile {self.folder}/user.pub
            PidFile {self.folder}/pid
            StrictModes no
            UsePAM no
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            MaxStartups 100
            Subsystem sftp internal-sftp
            ForceCommand internal-sftp
            """)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-f", configuration, "-E", self.folder / "log"])
        await_port(self.port, self.process)

    def close(self):
        self.process.terminate()
        self.process.wait()


class JavaServer:
    """A server of bench/servers. It prints a line when it is ready, and ends when its standard input is closed."""

    def __init__(self, name, work):
        self.process = subprocess.Popen(
            ["java", "-Xmx1g", "-cp", LIBRARIES, f"org.exportrelay.bench.{name}"],
            cwd=work,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(work / f"{name}.log", "w"),
            text=True,
        )
        self.address = self._ready()
        # Reads all further output, so that the pipe does not fill up.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def _ready(self):
        for line in self.process.stdout:
            if line.startswith("ready "):
                return line.split()[1]
        raise RuntimeError(f"{self.process.args[-1]} does not start")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Kafka(JavaServer):

    def __init__(self, work):
        super().__init__("KafkaServer", work)

    def empty_topic(self, name, partitions=3):
        subprocess.run(
            ["java", "-cp", LIBRARIES, "org.exportrelay.bench.KafkaTopic", self.address, name, str(partitions)],
            check=True, stderr=subprocess.DEVNULL)


class Postgres(JavaServer):

    def __init__(self, work):
        super().__init__("PostgresServer", work)

    def url(self, database="postgres"):
        return f"jdbc:postgresql://127.0.0.1:{self.address}/{database}"

    def create(self, database, template="template1"):
        """Creates a database as a copy of another one, in place of an earlier one of that name."""
        self.execute(f"DROP DATABASE IF EXISTS {database};\nCREATE DATABASE {database} TEMPLATE {template};\n")

    def execute(self, statements, database="postgres"):
        subprocess.run(
            ["java", "-cp", LIBRARIES, "org.exportrelay.bench.Sql", self.url(database) + "?user=postgres"],
            input=statements, text=True, check=True)
