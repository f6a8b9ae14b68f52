# SPDX-License-Identifier: BSD-2-Clause
"""A small system that boots like a whole one: Debian's kernel and zfs, and busybox for the rest.

Its init says SMALL-READY on the console and then runs the lines that it reads there, each
answered by "SMALL-DONE status".
"""

import os
import re
import shutil

from . import elf, lab
from .machine import Machine
from .paths import Failure
from .run import run

PROGRAMS = [
    "usr/sbin/zpool",
    "usr/sbin/zfs",
    "usr/sbin/mount.zfs",
    "usr/lib/x86_64-linux-gnu/libgcc_s.so.1",  # loaded when a thread is cancelled
]
# Kinds of modules that no boot from a stick needs, left out to keep the images small.
UNWANTED = ["sound", "net", "drivers/gpu", "drivers/media", "drivers/net", "drivers/iio", "drivers/infiniband"]

INIT = """#!/usr/bin/busybox sh
export PATH=/usr/sbin:/usr/bin HOME=/root
echo 1 >/proc/sys/kernel/printk
exec </dev/console >/dev/console 2>&1
stty -echo
echo "SMALL-READY"
while IFS= read -r line; do
	eval "$line"
	echo "SMALL-DONE $?"
done
"""


def make_root(tree, root):
    """The small system's tree, from a Debian tree."""
    shutil.rmtree(root, ignore_errors=True)
    for folder in "boot dev etc home mnt proc root run sys tmp usr/bin usr/sbin usr/lib usr/lib64 var".split():
        (root / folder).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    for name in elf.with_libraries(tree, PROGRAMS):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(tree / name, root / name)
    loader = root / "usr/lib64/ld-linux-x86-64.so.2"
    if not loader.exists():
        shutil.copy2(next((root / "usr/lib").rglob(loader.name)), loader)
    version = lab.kernel_version(tree)
    shutil.copy2(tree / f"boot/vmlinuz-{version}", root / "boot")
    modules = f"usr/lib/modules/{version}"
    unwanted = {os.path.join(tree / modules / "kernel", name) for name in UNWANTED}
    shutil.copytree(
        tree / modules,
        root / modules,
        symlinks=True,
        ignore=lambda folder, names: [n for n in names if os.path.join(folder, n) in unwanted or n in ("build", "source")],
    )
    run("depmod", "-b", root, version)
    shutil.copy2("/bin/busybox", root / "usr/bin/busybox")
    for applet in run("/bin/busybox", "--list").stdout.decode().split():
        for folder in ("usr/bin", "usr/sbin"):
            if (root / folder / applet).exists():
                break
        else:
            (root / "usr/bin" / applet).symlink_to("busybox")
    # A name that busybox has too: the system's own init comes first.
    (root / "usr/bin/init").unlink(missing_ok=True)
    (root / "usr/sbin/init").write_text(INIT)
    (root / "usr/sbin/init").chmod(0o755)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/hostname").write_text("small\n")


class SmallMachine(Machine):
    """A machine that boots the small system."""

    def boot(self, limit=240):
        self.use_firmware()
        self.start()
        self.expect(rb"SMALL-READY", limit)
        return self

    def shell(self, line, limit=60, ok=True):
        """Runs one line in the guest; returns what it printed."""
        start = self.mark
        self.send(line + "\n")
        m = self.expect(rb"SMALL-DONE (\d+)\r?\n", limit)
        text = self.seen[start : m.start()].decode(errors="replace").replace("\r", "").lstrip("\n")
        if ok and m.group(1) != b"0":
            raise Failure(f"in the guest: {line}: status {m.group(1).decode()}\n{text}")
        return text

    def check_online(self, name="zlive"):
        """The guest has one pool, that one, and it is healthy and without an error."""
        pools = self.shell("zpool list -H -o name,health")
        if pools.split() != [name, "ONLINE"]:
            raise Failure(f"pools in the guest: {pools!r}")
        status = self.shell("zpool status -P -p")
        if "errors: No known data errors" not in status or re.search(r"DEGRADED|FAULTED|UNAVAIL|hostid", status):
            raise Failure(f"zpool status:\n{status}")
        return status

    def power_off(self, limit=60):
        self.send("sync; mount -o remount,ro /; sync; poweroff -f\n")
        self.wait_off(limit)
