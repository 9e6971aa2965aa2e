"""Files to a directory and to an SFTP server."""

import json
import os

from harness.process import run
from harness.relay import DELIVERED, Relay
from harness.servers import free_port

EXPORTS = 640
SAMPLE = 64
"""Exports that rclone copies, with one invocation each. All exports would take minutes."""
CHECKS = """
  find {folder} -type f -print0 | xargs -0 -P 2 -n 40 gzip -t
  find {folder} -type f -print0 | xargs -0 -P 2 -n 40 sha256sum > {folder}.sha256
"""


def to_directory(bench, result):
    """The relay downloads, verifies (size, gzip, record count, SHA-256) and archives every export, with the ledger on
    SQLite. It also syncs every file to disk before it counts as delivered. The reference downloads the same URLs with
    `curl -Z --parallel-max 8`, then runs `gzip -t` and `sha256sum` on each file, two at a time."""
    api = bench.list("w1", bench.data.usual(), EXPORTS, 15_432)
    relays, references = bench.by_java(), []
    for _ in range(bench.rounds):
        for java, runs in relays.items():
            relay = Relay(bench.folder("w1-relay"), bench.nginx, api, java).route("deliver-to-file")
            runs.append(_once(bench, "w1", relay))
        references.append(_curl(bench, "w1-reference", CHECKS))
    reference = result.process("curl, gzip -t, sha256sum", references)
    for java, runs in relays.items():
        work = _without_start(result, java, runs)
        result.at_most(java, "wall time without start-up ÷ reference", work / reference, 0.7)
    return result


def to_sftp(bench, result):
    """The same to an OpenSSH server, with the shipped SFTP route. The reference downloads and checks as in 1, then
    uploads with `sftp -b`. Two more references check nothing. The first is `rclone copyurl`, eight at a time, which
    opens a new connection for each export. It copies 64 exports, and its time is extrapolated to 640. The second is one
    `rclone rcd`, which keeps its connections. `curl -Z --parallel-max 8` requests it to copy every URL."""
    api = bench.list("w2", bench.data.usual(), EXPORTS, 15_432)
    sshd = bench.sshd
    upload = (f"ls {{folder}} | sed 's|.*|put {{folder}}/& {{inbox}}/&|' > {{folder}}.batch\n"
              f"sftp -q -P {sshd.port} -i {sshd.key} -o UserKnownHostsFile={sshd.known_hosts}"
              f" -b {{folder}}.batch {sshd.user}@127.0.0.1 > {{folder}}.log")
    relays, references, rclones, daemons = bench.by_java(), [], [], []
    for _ in range(bench.rounds):
        for java, runs in relays.items():
            relay = Relay(bench.folder("w2-relay"), bench.nginx, api, java)
            runs.append(_once(bench, "w2", with_sftp(bench, relay, bench.folder("w2-inbox"))))
        inbox = bench.folder("w2-inbox")
        references.append(_curl(bench, "w2-reference", CHECKS + upload.replace("{inbox}", str(inbox))))
        rclones.append(_rclone(bench, bench.folder("w2-inbox")))
        daemons.append(_rclone_rcd(bench, bench.folder("w2-inbox")))
    reference = result.process("curl, gzip -t, sha256sum, sftp -b", references)
    result.process(f"rclone copyurl, {SAMPLE} exports", rclones)
    rclone = result.figure("rclone copyurl, extrapolated to 640", "wall time", "s",
                           [run.wall * EXPORTS / SAMPLE for run in rclones])
    result.process("rclone rcd, no checks", daemons)
    for java, runs in relays.items():
        work = _without_start(result, java, runs)
        result.at_most(java, "wall time without start-up ÷ curl and sftp", work / reference, 0.65)
        result.at_most(java, "wall time without start-up ÷ rclone", work / rclone, 0.3)
    return result


def huge_file(bench, result):
    """The relay with `-Xmx64m` uploads one file of 160 MB, and then one of 5 GB (13 GB expanded). Its memory must not
    grow with the size of the file. One round."""
    result.rounds = 1
    for java in bench.javas:
        peaks = {}
        for name, file in (("160 MB", bench.data.million()), ("5 GB", bench.data.huge())):
            api = bench.list("w7", [file], 1)
            relay = Relay(bench.folder("w7-relay"), bench.nginx, api, java, "-Xmx64m")
            measured = with_sftp(bench, relay, bench.folder("w7-inbox")).once()
            result.process(f"relay, {java}, {name}", [measured])
            peaks[name] = measured.peak
        result.at_most(java, "peak memory at 5 GB ÷ at 160 MB", peaks["5 GB"] / peaks["160 MB"], 1.1)
    bench.folder("w7-inbox")
    return result


def with_sftp(bench, relay, inbox):
    sshd = bench.sshd
    return (relay.route("deliver-to-sftp").setting("sftp.host", "127.0.0.1").setting("sftp.port", sshd.port)
            .setting("sftp.directory", inbox).setting("sftp.username", sshd.user)
            .setting("sftp.private-key-file", sshd.key).setting("sftp.known-hosts", sshd.known_hosts))


def _once(bench, name, relay):
    """Returns the process and the seconds until its first request."""
    measured = relay.once()
    if measured.count(DELIVERED) != EXPORTS:
        raise RuntimeError(f"{measured.count(DELIVERED)} of {EXPORTS} delivered")
    return measured, bench.api.requests(name, measured.started)[0] - measured.started


def _without_start(result, java, runs):
    """Adds the figures of the relay; returns the median wall time without the median start-up."""
    wall = result.process(f"relay, {java}", [relay for relay, _ in runs])
    return wall - result.figure(f"relay, {java}", "start-up, part of the wall time", "s", [first for _, first in runs])


def _urls(bench):
    path = bench.work / "urls.txt"
    files = bench.data.usual()
    path.write_text("".join(
        bench.nginx.url(f"files/{files[number % len(files)]}?signature={number}") + "\n" for number in range(EXPORTS)))
    return path


def _curl(bench, name, then):
    folder = bench.folder(name)
    config = bench.work / f"{name}.curl"
    config.write_text("".join(
        f'url = "{url}"\noutput = "{folder}/{number}.csv.gz"\n'
        for number, url in enumerate(_urls(bench).read_text().split())))
    os.sync()
    return run(f"curl -sS --fail -Z --parallel-max 8 -K {config}\n" + then.replace("{folder}", str(folder)))


def _rclone(bench, inbox):
    os.sync()
    return run(
        f"paste <(printf '{inbox}/%s\\n' {{1..{SAMPLE}}}) <(head -n {SAMPLE} {_urls(bench)}) | awk '{{print $2, \":sftp:\" $1}}'"
        " | xargs -P 8 -n 2 rclone copyurl", env=_rclone_settings(bench))


def _rclone_rcd(bench, inbox):
    address = f"127.0.0.1:{free_port()}"
    config = bench.work / "w2-rclone.curl"
    config.write_text("next\n".join(
        f'url = "http://{address}/operations/copyurl"\noutput = "/dev/null"\nsilent\nshow-error\nfail\n'
        f'header = "Content-Type: application/json"\ndata = {json.dumps(json.dumps(copy))}\n'
        for copy in ({"fs": f":sftp:{inbox}", "remote": str(number), "url": url}
                     for number, url in enumerate(_urls(bench).read_text().split()))))
    os.sync()
    measured = run(
        f"rclone rcd --rc-no-auth --rc-addr {address} 2> {bench.work}/w2-rclone.log & "
        f"until curl -sf -X POST http://{address}/rc/noop > /dev/null; do kill -0 $!; sleep 0.02; done; "
        f"curl -Z --parallel-max 8 -K {config}; "
        "kill $!; wait $! || true", env=_rclone_settings(bench))
    copied = len(os.listdir(inbox))
    if copied != EXPORTS:
        raise RuntimeError(f"rclone rcd copied {copied} of {EXPORTS}")
    return measured


def _rclone_settings(bench):
    """Sets the shell type to none. Otherwise rclone runs seven commands on the server for each connection, because it
    stores the results only for a configured remote."""
    sshd = bench.sshd
    return {"RCLONE_CONFIG": "/dev/null", "RCLONE_SFTP_HOST": "127.0.0.1", "RCLONE_SFTP_PORT": str(sshd.port),
            "RCLONE_SFTP_USER": sshd.user, "RCLONE_SFTP_KEY_FILE": str(sshd.key),
            "RCLONE_SFTP_KNOWN_HOSTS_FILE": str(sshd.known_hosts), "RCLONE_SFTP_SHELL_TYPE": "none"}
