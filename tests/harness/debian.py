# SPDX-License-Identifier: BSD-2-Clause
"""A whole Debian on a stick, with a service that tells the test when it is up."""

import io
import os
import pathlib
import re
import shutil
import tarfile
import time

from . import stick
from .paths import Failure
from .run import run, zlive

USER, PASSWORD, HOSTNAME = "tester", "open sesame 1", "teststick"

UNIT = """[Unit]
Description=Tell the test that the system is up
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/zlive-test-marker

[Install]
WantedBy=multi-user.target
"""

# The report goes to a serial port of its own: on the console, getty writes at the same time.
MARKER = """#!/bin/sh
exec >/dev/ttyS1 2>&1
stty -F /dev/ttyS1 -onlcr
echo "TARGET $(systemctl is-active multi-user.target)"
echo "FAILED $(systemctl --failed --plain --no-legend | tr '\\n' ';')"
echo "ROOT $(findmnt -n -o SOURCE,FSTYPE /)"
zpool list -H -o name,guid,health | sed 's/^/POOL /'
zpool status -P | sed 's/^/STATUS /'
echo "END"
for i in 1 2 3; do
	echo "ZLIVE-TEST-UP" >/dev/ttyS0
	sleep 0.3
done
"""


def _build(path, cache=None):
    """`zlive build --suite` with a user and a host name; what it said."""
    password = path.with_suffix(".password")
    password.write_text(PASSWORD + "\n")
    env = dict(os.environ, SOURCE_DATE_EPOCH=stick.EPOCH)
    if cache:
        env["XDG_CACHE_HOME"] = str(cache)
    argv = ["build", "--suite", "trixie", "-o", path, "--seed", stick.SEED, "--cmdline", stick.CONSOLE]
    argv += ["--hostname", HOSTNAME, "--user", USER, "--password-file", password]
    # From nothing: packages are fetched and the zfs module is compiled.
    return zlive(*argv, env=env, limit=2400).stderr.decode(errors="replace")


def make_suite_image(path):
    said = _build(path)
    kept = re.search(r"/\S+/trixie-[0-9a-f]+\.tar\.zst", said)
    if not kept:
        raise Failure(f"zlive does not say where it keeps the tree: {said}")
    return path, pathlib.Path(kept.group())


def make_image(kept, path):
    """The same with the test's service in it: `zlive build --suite` on a cache that has it."""
    cache = path.with_suffix(".cache")
    shutil.rmtree(cache, ignore_errors=True)
    (cache / "zlive").mkdir(parents=True)
    tar = cache / "zlive" / kept.name  # zlive looks at what is in it, not at the name's end
    with open(tar, "wb") as f:
        run("zstd", "-dcq", kept, stdout=f)
    with tarfile.open(tar, "a", format=tarfile.PAX_FORMAT) as t:
        unit = "etc/systemd/system/zlive-test.service"
        _add(t, "usr/local/sbin/zlive-test-marker", MARKER, 0o755)
        _add(t, unit, UNIT, 0o644)
        _add(t, "etc/systemd/system/multi-user.target.wants/zlive-test.service", "/" + unit, 0o777, tarfile.SYMTYPE)
    _build(path, cache)
    shutil.rmtree(cache)
    return path


def _add(tar, name, content, mode, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo("./" + name)
    info.type, info.mode, info.mtime = kind, mode, int(stick.EPOCH)
    if kind == tarfile.SYMTYPE:
        info.linkname, content = content, ""
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content.encode()))


def boot(m, limit=420):
    """Starts the machine and waits for the service's word; fails at once on what went wrong."""
    m.report = m.dir / "report"
    m.use_firmware()
    m.start()
    m.expect(rb"ZLIVE-TEST-UP", limit)


def log_in(m, limit=60):
    """From the login prompt, awaited for limit seconds, to the user's shell."""
    m.expect(rb"login: ", limit)
    m.send(f"{USER}\n")
    m.expect(rb"Password: ", 60)
    m.send(f"{PASSWORD}\n")
    m.expect(rb"\$ ", 60)


def check_online(m, pool="zlive", root=None, failed=()):
    """The service saw multi-user.target reached, no unit failed but those, one healthy pool, and its root in it."""
    end = time.monotonic() + 20
    while not (text := m.report.read_text(errors="replace")).endswith("END\n") and time.monotonic() < end:
        time.sleep(0.2)  # the second port may lag behind the console
    if not text.endswith("END\n"):
        raise Failure(f"the report is cut: {text}")
    facts = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        facts.setdefault(key, []).append(value)
    if facts.get("TARGET") != ["active"]:
        raise Failure(f"multi-user.target: {facts.get('TARGET')}")
    units = [line.split()[0] for line in facts["FAILED"][0].split(";") if line]
    if sorted(units) != sorted(failed):
        raise Failure(f"failed units: {facts['FAILED']}")
    if not re.match(root or rf"{pool}/ROOT/\S+ +zfs$", facts["ROOT"][0]):
        raise Failure(f"root: {facts['ROOT']}")
    pools = [p.split() for p in facts.get("POOL", [])]
    if [(p[0], p[2]) for p in pools] != [(pool, "ONLINE")]:
        raise Failure(f"pools: {pools}")
    status = "\n".join(facts["STATUS"])
    if "errors: No known data errors" not in status or re.search(r"DEGRADED|FAULTED|UNAVAIL|hostid", status):
        raise Failure(f"zpool status:\n{status}")
