# SPDX-License-Identifier: BSD-2-Clause
"""A pool that another machine had in the meantime, changed, or has in use."""

import shutil

from harness import golden, image, label, stick
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]
OTHER_HOST = "spl.spl_hostid=0x1234abcd"  # as the loader says of such a pool


@case("e2e/elsewhere/changed", needs=NEEDS, cost=45, firmware=("uefi", "bios"))
def changed_there(t):
    """Another hostid, not exported, multihost on; the root renamed, at another place, read-only.

    The loader finds the root by itself, and tells of the hostid; without it, the root of old is awaited.
    """
    with InitMachine(t, "elsewhere", "" if t.firmware else OTHER_HOST) as m:
        m.allow_menu()
        m.attach("usb-xhci", t.init_pools / "elsewhere.img", boot=True)
        m.start()
        if not t.firmware:
            m.menu(rb": the pool is imported, but its root cannot be mounted[\s\S]*dataset does not exist", 2)
            m.choose(rb"  1  zlive/ROOT/moved\s", 1)
        m.expect(rb"zlive/ROOT/moved has the property readonly=on; as the root it is mounted writable", 240)  # OpenZFS looks for the other host first
        m.expect(rb"SYSTEM elsewhere\r?\n", 240)
        m.expect(rb"SMALL-READY", 60)
        mounts = m.shell("mount")
        if t.firmware and OTHER_HOST not in m.shell("cat /proc/cmdline"):
            raise Failure("the loader does not tell of the other host")
        if "zlive/ROOT/moved on / type zfs (rw," not in mounts or "zlive/ROOT/moved/opt on /opt " not in mounts:
            raise Failure(f"mounts:\n{mounts}")
        m.power_off()


@case("e2e/elsewhere/no-bootfs", needs=NEEDS, cost=10, full=True, firmware=("uefi", "bios"))
def bootfs_was_deleted(t):
    """Neither the pool nor the command line names a root: the menu has those that there are.

    The loader takes the one environment that there is with a kernel; here what is typed is in place of that.
    """
    with InitMachine(t, "own", "root=ZFS=zlive") as m:
        m.allow_menu()
        m.attach("sata", t.init_pools / "own.img", boot=True)
        m.start()
        m.menu(rb": the root is mounted, but holds no system that can be started", 2)
        m.choose(rb"2  zlive/ROOT/small\s", 2)
        m.check_system("own")
        m.power_off()


@case("e2e/elsewhere/in-use", needs=NEEDS, cost=110, full=True, firmware=("uefi",))
def in_use_right_now(t):
    """multihost is on and another machine writes to the pool: refused, until that one is gone."""
    disk = image.copy(t.init_pools / "elsewhere.img", t.dir / "disk.img")
    shared = dict(snapshot=False, extra=",file.locking=off,cache=none")
    ramdisk = t.dir / "ramdisk-of-the-first"
    shutil.copy(t.init_ramdisk, ramdisk)
    (t.dir / "hostid").write_bytes(b"\x78\x56\x34\x12")
    stick.add_to_ramdisk(ramdisk, {"etc/hostid": t.dir / "hostid"})
    with InitMachine(t, "elsewhere", "root=ZFS=zlive/ROOT/moved hostname=workstation", ramdisk=ramdisk, firmware=False, name="first") as first:
        first.attach("virtio", disk, **shared)
        first.start()
        first.expect(rb"SMALL-READY", 240)
        with InitMachine(t, "elsewhere", name="second") as m:
            m.allow_menu()
            m.attach("virtio", disk, boot=True, **shared)
            m.start()
            m.menu(rb": the pool is there, but it cannot be imported[\s\S]*pool is imported on host 'workstation' \(hostid=0?x?12345678\)", 1)
            m.expect(rb"cannot be imported", 120)
            first.kill()
            m.send("1\n")
            m.expect(rb"SYSTEM elsewhere\r?\n", 240)
            m.power_off()


def features(path):
    return dict(line.split() for line in path.read_text().splitlines())


@case("e2e/elsewhere/upgraded", needs=NEEDS, cost=10, firmware=("uefi", "bios"))
def upgraded_there(t):
    """Made with the features of OpenZFS 2.1, then `zpool upgrade` on another machine, which uses a new one."""
    before, after = features(t.init_pools / "features-before"), features(t.init_pools / "features-after")
    new = [name for name, state in before.items() if state == "disabled"]
    if len(new) < 5 or "disabled" in after.values() or after["feature@blake3"] != "active":
        raise Failure(f"this pool would prove nothing: {before} {after}")
    with InitMachine(t, "upgraded") as m:
        m.attach("usb-xhci", t.init_pools / "upgraded.img", boot=True)
        m.start()
        m.check_system("upgraded")
        m.shell("busybox cmp /etc/written-there /usr/sbin/init")
        m.power_off()


@case("e2e/elsewhere/newer-openzfs", needs=NEEDS, cost=10, firmware=("uefi",))
def of_a_newer_openzfs(t):
    """A pool with a feature in use that the ramdisk's OpenZFS does not know: the menu names it.

    It holds no system: from a firmware on, another stick is started and pulled out, and the pool chosen in the menu.
    """
    disk = golden.unpack("gang-2.4", t.dir / "newer.img")
    before = image.sha256(disk)
    guid = label.read_labels(disk, *image.partitions(disk)[0][1:])[0].get("pool_guid")
    with InitMachine(t, "single", "" if t.firmware else f"zlive.pool={guid}") as m:
        m.allow_menu()
        m.load_from(t.init_pools / "single.img")
        m.attach("virtio", disk, snapshot=False)
        m.start()
        if t.firmware:
            m.expect(rb"Enter gives the menu", 120)
            m.send("\n")
            m.menu(rb", since Enter was pressed", 2)
            m.choose(rb"1  pool 'tank' with GUID %d" % guid, 1)
        m.menu(rb": the pool is there, but it cannot be imported[\s\S]*com.klarasystems:dynamic_gang_header", 7)
        m.wait_off(60)
    if image.sha256(disk) != before:
        raise Failure("the disk was written to")
