# SPDX-License-Identifier: BSD-2-Clause
"""A whole Debian on a stick, with a service that tells the test when it is up."""

import re
import shutil
import time

from . import stick
from .paths import Failure

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


def make_root(tree, root):
    """tree with the service in it."""
    stick.copy_tree(tree, root)
    script = root / "usr/local/sbin/zlive-test-marker"
    script.write_text(MARKER)
    script.chmod(0o755)
    unit = root / "etc/systemd/system/zlive-test.service"
    unit.write_text(UNIT)
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / unit.name).symlink_to(f"/etc/systemd/system/{unit.name}")
    # What another initramfs generator left would be taken for the stick's own.
    for old in root.glob("boot/initrd.img-*"):
        old.unlink()


def make_image(tree, path):
    root = path.with_suffix(".root")
    make_root(tree, root)
    password = path.with_suffix(".password")
    password.write_text(PASSWORD + "\n")
    user = ["--hostname", HOSTNAME, "--user", USER, "--password-file", str(password)]
    stick.build(root, path, *user, size="4G", limit=1200)
    shutil.rmtree(root)
    return path


def boot(m, limit=420):
    """Starts the machine and waits for the service's word; fails at once on what went wrong."""
    m.report = m.dir / "report"
    m.use_firmware()
    m.start()
    m.expect(rb"ZLIVE-TEST-UP", limit)


def check_online(m, pool="zlive"):
    """The service saw multi-user.target reached, one healthy pool, and its root in it."""
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
    if facts.get("FAILED") != [""]:
        raise Failure(f"failed units: {facts.get('FAILED')}")
    if not re.match(rf"{pool}/ROOT/\S+ +zfs$", facts["ROOT"][0]):
        raise Failure(f"root: {facts['ROOT']}")
    pools = [p.split() for p in facts.get("POOL", [])]
    if [(p[0], p[2]) for p in pools] != [(pool, "ONLINE")]:
        raise Failure(f"pools: {pools}")
    status = "\n".join(facts["STATUS"])
    if "errors: No known data errors" not in status or re.search(r"DEGRADED|FAULTED|UNAVAIL|hostid", status):
        raise Failure(f"zpool status:\n{status}")
