# SPDX-License-Identifier: BSD-2-Clause
"""zlive.mode=toram: the pool is copied into memory, and the stick may go."""

from harness import debian, image
from harness.case import case
from harness.machine import Machine
from harness.paths import Failure
from harness.pools import InitMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]
# Forgets what the kernel still has in memory of files and disks: only the copy is left.
DROP = "echo 3 >/proc/sys/vm/drop_caches"


@case("e2e/toram/pulled-out", needs=NEEDS, cost=12, firmware=("uefi", "bios"))
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


def goes_on_without(t, pool, names, most, cmdline="", key=None):
    """That pool's system goes on without its disks, of which at most so many MiB are copied and none is written to."""
    disks = [image.copy(t.init_pools / f"{name}.img", t.dir / f"{name}.img") for name in names]
    before = [image.sha256(disk) for disk in disks]
    with InitMachine(t, pool, f"zlive.mode=toram {cmdline}") as m:
        m.argv += ["-device", "qemu-xhci,id=x"]
        for i, disk in enumerate(disks):
            drive = m.drive(disk, snapshot=False)
            m.argv += ["-device", f"usb-storage,bus=x.0,port={i + 1},drive={drive},id=disk{i}" + (m.boot_index() if i == 0 else "")]
        m.start()
        size = int(m.expect(rb"zlive: copying (\d+) MiB of pool 'zlive' into memory", 120).group(1))
        if not 0 < size <= most:
            raise Failure(f"{size} MiB are copied")
        m.expect(rb"zlive: copied in \d+ s; checking the copy", 120)
        m.expect(rb"zlive: importing pool 'zlive' from its copy in memory", 120)
        if key:
            m.expect(rb"Passphrase for zlive/ROOT/small: ", 120)
            m.send(f"{key}\n")
        m.expect(rb"zlive: the system is in memory: the stick may be pulled out", 120)
        m.check_ready(pool)
        for i in range(len(disks)):
            m.pull_out(f"disk{i}")
        m.shell("until ! ls /dev/sd? >/dev/null 2>&1; do busybox sleep 1; done")
        m.shell(DROP)
        m.check_in_memory()
        state = m.shell("cat /proc/spl/kstat/zfs/zlive/state").split()
        m.shell("busybox find / -xdev -type f -exec busybox cat {} + >/dev/null")
        m.power_off()
    if [image.sha256(disk) for disk in disks] != before:
        raise Failure("a disk was written to")
    return state[0], m.seen


@case("e2e/toram/mirror", needs=NEEDS, cost=20, full=True, firmware=("uefi",))
def both_halves(t):
    state, _ = goes_on_without(t, "mirror", ["mirror-a", "mirror-b"], 110)
    if state != "ONLINE":
        raise Failure(f"the pool is {state}")


@case("e2e/toram/mirror-half", needs=NEEDS, cost=20, full=True, firmware=("uefi",))
def one_half(t):
    """Half of a mirror is copied like it is imported: after a wait, and the console says so."""
    state, seen = goes_on_without(t, "mirror", ["mirror-b"], 55, "zlive.degraded_wait=3")
    if state != "DEGRADED" or b"importing degraded, since 1 of its disks is missing" not in seen:
        raise Failure(f"the pool is {state}")


@case("e2e/toram/raidz", needs=NEEDS, cost=20, full=True, firmware=("uefi",))
def three_disks(t):
    """Of raidz, too, only what is in use is copied."""
    state, _ = goes_on_without(t, "raidz", ["raidz-a", "raidz-b", "raidz-c"], 110)
    if state != "ONLINE":
        raise Failure(f"the pool is {state}")


@case("e2e/toram/encrypted", needs=NEEDS, cost=20, full=True, firmware=("uefi",))
def encrypted_root(t):
    """What is copied is what is stored: the passphrase is asked for afterwards."""
    goes_on_without(t, "encrypted", ["encrypted"], 110, "root=ZFS=zlive/ROOT/small", key="right horse")


@case("e2e/toram/removed", needs=NEEDS, cost=20, full=True, firmware=("uefi",))
def pool_with_a_removed_vdev(t):
    """Where what is in use cannot be told, all of the disk is copied, and the console says why."""
    _, seen = goes_on_without(t, "removed", ["removed"], 256)
    if b"all of pool 'zlive' has to be copied, used or not, since:" not in seen:
        raise Failure("not said")


@case("e2e/toram/too-large", needs=NEEDS, cost=12, firmware=("uefi",))
def too_little_memory(t):
    """What does not fit is refused, with the sizes; the menu starts the system from the stick."""
    with InitMachine(t, "full", "zlive.mode=toram", memory=400) as m:
        m.allow_menu()
        m.attach("virtio", t.init_pools / "full.img", boot=True)
        m.start()
        text = rb"zlive: zlive: (\d+) MiB would have to be copied, and 256 MiB left for the system, but only (\d+) MiB of"
        m.menu(rb": the pool is there, but it cannot be copied into memory\s+" + text, 8)
        m.expect(rb"changes stay in memory, and are lost", 60)
        m.check_ready("full")
        m.power_off()


@case("e2e/toram/debian", needs=["debian_image"], cost=125, full=True)
def a_whole_debian(t):
    """From the loader's menu: a whole Debian comes up, goes on without its stick, and shuts down."""
    with Machine(t) as m:
        stick = m.stick_for_later(t.debian_image)
        m.argv += ["-device", f"usb-storage,bus=x.0,port=2,drive={stick},id=stick,bootindex=0"]
        m.use_firmware()
        m.report = m.dir / "report"
        m.start()
        m.add_to_cmdline("zlive.mode=toram")
        m.expect(rb"zlive: the system is in memory: the stick may be pulled out", 300)
        m.expect(rb"ZLIVE-TEST-UP", 420)
        debian.check_online(m, root=r"zlive-overlay +overlay$")
        m.pull_out()
        m.send("\n")
        debian.log_in(m, 300)
        read_all = f"{DROP}; find /usr /boot -xdev -type f -exec cat {{}} + >/dev/null"
        m.send(f"echo {debian.PASSWORD} | sudo -S -p '' sh -c '{read_all}' && echo READ-$?\n")
        m.expect(rb"\nREAD-0", 300)
        m.send("sudo poweroff\n")
        m.wait_off(180)
