# SPDX-License-Identifier: BSD-2-Clause
"""What the running system writes is there after the next boot, pulled out or shut down."""

import time

from harness.case import case
from harness.machine import overlay
from harness.paths import Failure
from harness.small import SmallMachine


def boot(t, name, disk):
    m = SmallMachine(t, name)
    m.attach("usb-xhci", disk, boot=True, snapshot=False, fmt="qcow2")
    return m.boot()


@case("e2e/persistence/power-off", needs=["small_image"], cost=35, firmware=("bios",))
def written_is_there(t):
    disk = overlay(t.small_image, t.dir / "disk.qcow2")
    with boot(t, "first", disk) as m:
        m.shell("echo kept >/etc/kept; mkdir /var/d; seq 1 20000 >/var/d/numbers; chmod 4751 /var/d/numbers")
        m.shell("rm /etc/hostname; ln -s d /var/link")
        m.power_off()
    with boot(t, "second", disk) as m:
        m.check_online()
        if m.shell("cat /etc/kept").strip() != "kept":
            raise Failure("/etc/kept is not what was written")
        m.shell("seq 1 20000 | cmp - /var/link/numbers")
        m.shell("test ! -e /etc/hostname")
        if m.shell("stat -c %a /var/d/numbers").strip() != "4751":
            raise Failure("the mode is not kept")


@case("e2e/persistence/pulled-out", needs=["small_image"], cost=40, firmware=("bios",))
def synced_survives(t):
    """The machine dies in the middle of writing; its disk then holds only what it was told to flush.

    QEMU keeps a qcow2's tables in its own memory until the guest flushes, so killing it loses
    what no flush covered, as pulling a stick out does.
    """
    disk = overlay(t.small_image, t.dir / "disk.qcow2")
    with boot(t, "first", disk) as m:
        m.shell("seq 1 50000 >/var/synced; sync")
        m.shell("echo by-fsync | dd of=/var/fsynced conv=fsync 2>/dev/null")
        m.send("i=0; while :; do seq 1 5000 >/var/churn-$((i % 9)); i=$((i + 1)); done\n")
        time.sleep(4)
        m.kill()
    with boot(t, "second", disk) as m:
        m.check_online()
        m.shell("seq 1 50000 | cmp - /var/synced")
        if m.shell("cat /var/fsynced").strip() != "by-fsync":
            raise Failure("a file that was synced is not what was written")
        m.shell("zpool scrub -w zlive", limit=180)
        m.check_online()
