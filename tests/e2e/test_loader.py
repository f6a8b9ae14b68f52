# SPDX-License-Identifier: BSD-2-Clause
"""The loader's menu on a serial console, and its error screens."""

import mmap

from harness import image, lab
from harness.case import case
from harness.paths import Failure
from harness.small import SmallMachine

LABELS = 512 << 10  # two labels, at each end of a vdev


def loader(t, disk, name="machine"):
    """A machine with that stick, its firmware about to start the loader."""
    m = SmallMachine(t, name)
    m.attach("usb-xhci", disk, boot=True)
    m.use_firmware()
    return m


@case("e2e/loader/edit", needs=["small_image"], cost=17, firmware=("bios",))
def command_line_is_edited(t):
    """Any key stops the countdown; `e` edits, and the kernel gets what was typed."""
    with loader(t, t.small_image) as m:
        m.start()
        m.add_to_cmdline("zlive.test=typed")
        m.expect(rb"zlive: read (\d+) bytes in (\d+) requests for (\d+) bytes", 90)
        m.expect(rb"SMALL-READY", 240)
        line = m.shell("cat /proc/cmdline")
        if " zlive.test=typed" not in line or "root=ZFS=zlive/ROOT/" not in line:
            raise Failure(f"the command line is {line}")
        m.check_online()
        m.power_off()


@case("e2e/loader/late-stick", needs=["small_image"], cost=17)
def stick_comes_late(t):
    """Without a pool the loader says so, and finds a stick that is plugged in then."""
    disk = image.copy(t.small_image, t.dir / "no-pool.img")
    start, size = image.zfs_partition(disk)
    with open(disk, "r+b") as f:
        for at in (start, start + size // LABELS * LABELS - LABELS, start + size - LABELS):
            f.seek(at)
            f.write(bytes(LABELS))
    with loader(t, disk) as m:
        m.start()
        m.show("No ZFS pool was found", 120)
        m.show("Look again")
        name = "late"
        m.qmp(
            "blockdev-add",
            **{"driver": "raw", "node-name": name, "read-only": True, "file": {"driver": "file", "filename": str(t.small_image), "read-only": True}},
        )
        m.plug_in(name, port=4)
        m.show("Boot environment", 60)
        m.expect(rb"zlive: read \d+ bytes", 90, check_bad=False)


def damage_kernel(disk, kernel):
    """Overwrites a page of the kernel wherever it lies on the disk; how often that was."""
    with open(kernel, "rb") as f:
        f.seek(3 << 20)
        page = f.read(4096)
    found = 0
    with open(disk, "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
        at = m.find(page)
        while at >= 0:
            m[at : at + 16] = b"\xa5" * 16
            found += 1
            at = m.find(page, at + 1)
    return found


@case("e2e/loader/damaged-kernel", needs=["small_image", "small_root"], cost=10)
def damage_is_reported(t):
    """No copy of a block of the kernel has its checksum: the screen names file and reason."""
    disk = image.copy(t.small_image, t.dir / "damaged.img")
    version = lab.kernel_version(t.small_root)
    if damage_kernel(disk, t.small_root / f"boot/vmlinuz-{version}") == 0:
        raise Failure("the kernel's bytes are not in the image as they are: nothing was damaged")
    with loader(t, disk) as m:
        m.start()
        m.show("could not be started", 120)
        m.show(f"/boot/vmlinuz-{version}")
        m.show("checksum")
        m.show("Back to the menu")
        m.send("\r")
        m.show("Boot environment")
