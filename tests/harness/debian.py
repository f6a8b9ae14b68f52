# SPDX-License-Identifier: BSD-2-Clause
"""A whole Debian on a stick, with a service that tells the test when it is up."""

import re
import shutil

from . import stick
from .paths import Failure

USER, PASSWORD, HOSTNAME = "tester", "open sesame 1", "teststick"

UNIT = """[Unit]
Description=Tell the test that the system is up
After=multi-user.target

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/zlive-test-marker
StandardOutput=tty
TTYPath=/dev/ttyS0

[Install]
WantedBy=multi-user.target
"""

MARKER = """#!/bin/sh
echo
echo "ZT-BEGIN"
echo "ZT-TARGET $(systemctl is-active multi-user.target)"
echo "ZT-FAILED $(systemctl --failed --plain --no-legend | tr '\\n' ';')"
echo "ZT-ROOT $(findmnt -n -o SOURCE,FSTYPE /)"
zpool list -H -o name,guid,health | sed 's/^/ZT-POOL /'
zpool status -P | sed 's/^/ZT-STATUS /'
echo "ZT-END"
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
    m.use_firmware()
    m.start()
    m.expect(rb"ZT-BEGIN", limit)
    m.report = m.expect(rb"(?s)(.*)ZT-END", 120).group(1).decode(errors="replace").replace("\r", "")


def check_online(m, pool="zlive"):
    """The service saw multi-user.target reached, one healthy pool, and its root in it."""
    lines = [line.split(" ", 1) for line in m.report.split("\n") if line.startswith("ZT-")]
    facts = {}
    for key, value in lines:
        facts.setdefault(key, []).append(value)
    if facts.get("ZT-TARGET") != ["active"]:
        raise Failure(f"multi-user.target: {facts.get('ZT-TARGET')}")
    if facts.get("ZT-FAILED") != [""]:
        raise Failure(f"failed units: {facts.get('ZT-FAILED')}")
    if not re.match(rf"{pool}/ROOT/\S+ +zfs$", facts["ZT-ROOT"][0]):
        raise Failure(f"root: {facts['ZT-ROOT']}")
    pools = [p.split() for p in facts.get("ZT-POOL", [])]
    if [(p[0], p[2]) for p in pools] != [(pool, "ONLINE")]:
        raise Failure(f"pools: {pools}")
    status = "\n".join(facts["ZT-STATUS"])
    if "errors: No known data errors" not in status or re.search(r"DEGRADED|FAULTED|UNAVAIL", status):
        raise Failure(f"zpool status:\n{status}")
