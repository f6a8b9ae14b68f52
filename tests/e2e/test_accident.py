# SPDX-License-Identifier: BSD-2-Clause
"""What happens to sticks: damaged, full, write-protected, in a machine that cannot serve them."""

from harness import damage, image
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine
from harness.small import SmallMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]


def check_in_memory(m):
    """Root, its child and the pool's other datasets are there, writable, and their mode is kept."""
    m.expect(rb"SYSTEM single\r?\n", 240)
    m.expect(rb"SMALL-READY", 60)
    mounts = m.shell("mount")
    for place in ("/", "/opt", "/home"):
        if f"zlive-overlay on {place} type overlay (rw," not in mounts:
            raise Failure(f"no overlay on {place}:\n{mounts}")
    m.shell("grep -q 'in opt' /opt/file")
    m.shell("echo changed >/opt/file && echo changed >/etc/name && busybox rm /usr/bin/ls && echo new >/home/new")
    if m.shell("cat /opt/file /etc/name /home/new").split() != ["changed", "changed", "new"]:
        raise Failure("what was written is not there")
    if m.shell("busybox stat -c %a /home /").split() != ["1777", "755"]:
        raise Failure("a folder has another mode than in its file system")


@case("e2e/accident/write-protected", needs=NEEDS, cost=40)
def switch_of_the_stick(t):
    """The switch of the stick is on "lock": the system runs, and what it changes stays in memory."""
    with InitMachine(t, "single") as m:
        m.attach("usb-xhci", t.init_pools / "single.img", snapshot=False, extra=",readonly=on")
        m.start()
        m.expect(rb"zlive: sd[a-z]1 is write-protected\s+zlive: changes stay in memory", 120)
        check_in_memory(m)
        m.power_off()


@case("e2e/accident/ephemeral", needs=NEEDS, cost=40)
def ephemeral(t):
    """zlive.mode=ephemeral: the same on a stick that could be written to, and not a byte changes."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    before = image.sha256(disk)
    with InitMachine(t, "single", "zlive.mode=ephemeral") as m:
        m.attach("usb-xhci", disk, snapshot=False)
        m.start()
        m.expect(rb"zlive: changes stay in memory", 120)
        check_in_memory(m)
        m.power_off()
    if image.sha256(disk) != before:
        raise Failure("the disk was written to")


@case("e2e/accident/front-labels-512-mib", needs=["small_image"], cost=60)
def front_labels_overwritten(t):
    """Loader and /init find the pool by the labels at its end; 512 MiB of memory are enough."""
    disk = image.copy(t.small_image, t.dir / "disk.img")
    start, _ = image.zfs_partition(disk)
    with open(disk, "r+b") as f:
        f.seek(start)
        f.write(b"\xa5" * (2 * damage.LABEL))
    with SmallMachine(t, memory=512) as m:
        m.attach("usb-xhci", disk, boot=True)
        m.boot()
        m.check_online()
        m.power_off()


@case("e2e/accident/full-pool", needs=NEEDS, cost=40)
def full_pool(t):
    """Boots with not a block left, and deleting a file makes room."""
    with InitMachine(t, "full") as m:
        m.attach("usb-xhci", t.init_pools / "full.img")
        m.start()
        m.check_system("full")
        full = "busybox dd if=/dev/zero of=/new bs=128k count=64 conv=fsync"
        if "No space left" not in m.shell(full, ok=False):
            raise Failure("the pool is not full: the test would prove nothing")
        m.shell("busybox mount -t zfs -o zfsutil zlive/home/crowd /home && busybox rm -f /home/all /home/rest")
        m.shell(f"busybox sleep 12; {full}")
        m.power_off()


@case("e2e/accident/no-driver", needs=NEEDS, cost=30)
def no_driver_for_the_controller(t):
    """The stick is behind a controller that the ramdisk has no driver for: the console names it."""
    with InitMachine(t, "single", "zlive.wait=3") as m:
        m.allow_menu()
        stick = m.drive(t.init_pools / "single.img")
        m.argv += ["-device", "lsi53c895a,id=l", "-device", f"scsi-hd,bus=l.0,drive={stick}"]
        m.start()
        m.menu(rb": the pool was not found[\s\S]*storage controller 0000:\S+ \(PCI 1000:0012\): no driver", 7)
        m.wait_off(60)
