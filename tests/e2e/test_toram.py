# SPDX-License-Identifier: BSD-2-Clause
"""zlive.mode=toram: the pool is copied into memory, and the stick may go."""

from harness import image
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]
# Forgets what the kernel still has in memory of files and disks: only the copy is left.
DROP = "echo 3 >/proc/sys/vm/drop_caches"


@case("e2e/toram/pulled-out", needs=NEEDS, cost=50)
def stick_is_pulled_out(t):
    """The system goes on without its stick, of which not a byte has changed."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    before = image.sha256(disk)
    with InitMachine(t, "single", "zlive.mode=toram") as m:
        stick = m.stick_for_later(disk, snapshot=False)
        m.start()
        m.plug_in(stick)
        size = int(m.expect(rb"zlive: copying (\d+) MiB of pool 'zlive' into memory", 120).group(1))
        if not 0 < size < 64:
            raise Failure(f"{size} MiB are copied: that is not what is in use")
        m.expect(rb"zlive: copied in \d+ s; checking the copy", 60)
        m.expect(rb"zlive: importing pool 'zlive' from its copy in memory", 60)
        m.expect(rb"zlive: the system is in memory: the stick may be pulled out", 120)
        m.check_ready("single")
        m.pull_out()
        m.shell("until [ ! -e /dev/sda ]; do busybox sleep 1; done")
        m.shell(DROP)
        m.check_in_memory()
        pool = m.shell("busybox cat /proc/spl/kstat/zfs/zlive/state /proc/mounts")
        if "ONLINE" not in pool:
            raise Failure(f"the pool: {pool}")
        m.shell("busybox find / -xdev -type f -exec busybox cat {} + >/dev/null")
        m.power_off()
    if image.sha256(disk) != before:
        raise Failure("the stick was written to")


@case("e2e/toram/too-large", needs=NEEDS, cost=50)
def too_little_memory(t):
    """What does not fit is refused, with the sizes; the menu starts the system from the stick."""
    with InitMachine(t, "full", "zlive.mode=toram", memory=400) as m:
        m.allow_menu()
        m.attach("virtio", t.init_pools / "full.img")
        m.start()
        text = rb"zlive: zlive: (\d+) MiB would have to be copied, and 256 MiB left for the system, but only (\d+) MiB of"
        m.menu(rb": the pool is there, but it cannot be copied into memory\s+" + text, 8)
        m.expect(rb"changes stay in memory, and are lost", 60)
        m.check_ready("full")
        m.power_off()
