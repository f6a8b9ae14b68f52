# SPDX-License-Identifier: BSD-2-Clause
"""/init: late devices, missing ones, copies, encryption."""

import time

from harness import image, label
from harness.case import case
from harness.machine import overlay
from harness.paths import Failure
from harness.pools import InitMachine
from harness.run import run
from harness.small import SmallMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]


@case("e2e/init/late", needs=NEEDS, cost=45, firmware=("uefi", "bios"))
def stick_is_plugged_late(t):
    """The console says at once what is awaited; a stick plugged 30 seconds after the kernel's start boots."""
    with InitMachine(t, "single") as m:
        m.attach("virtio", t.init_pools / "encrypted.img")
        stick = m.stick_for_later(t.init_pools / "single.img")
        m.start()
        start = time.monotonic()
        awaited, seen = rb"zlive: waiting for the pool with GUID \d+ \(1 s\)", rb"vda1: another pool, 'zlive' with GUID \d+"
        m.expect(awaited + rb"[\s\S]*" + seen + rb"|" + seen + rb"[\s\S]*" + awaited, 120)
        # By this clock: that of an emulated machine may run slow where much else is done.
        time.sleep(max(0, start + 33 - time.monotonic()))
        if b"sda" in m.seen:
            raise Failure("the stick came too early for what this test is about")
        m.plug_in(stick)
        m.check_system("single")
        m.power_off()


@case("e2e/init/wait", needs=NEEDS, cost=30, firmware=("uefi",))
def shell_after_the_wait(t):
    """zlive.wait= over: the reason, a menu, a shell that works, and leaving it tries again."""
    with InitMachine(t, "single", "zlive.wait=20") as m:
        m.allow_menu()
        stick = m.stick_for_later(t.init_pools / "single.img")
        m.start()
        m.menu(rb": the pool was not found[\s\S]*was not seen within zlive.wait=20 seconds", 5)
        m.expect(rb"\(zlive\) # ", 60)
        m.send("echo I am PID $$; modprobe vfat; zpool list; ls /dev/zfs\n")
        m.expect(rb"I am PID \d+", 30)
        m.expect(rb"no pools available", 60)
        m.expect(rb"/dev/zfs\r?\n", 30)
        m.plug_in(stick)
        m.send("until [ -e /dev/sda1 ]; do sleep 1; done; echo STICK-$?\n")
        m.expect(rb"STICK-0", 60)
        m.send("exit\n")
        m.check_system("single")
        m.power_off()


@case("e2e/init/enter", needs=NEEDS, cost=8, firmware=("uefi", "bios"))
def enter_gives_the_menu(t):
    """Without a time limit somebody at the console can always look around."""
    with InitMachine(t, "single") as m:
        m.allow_menu()
        m.load_from(t.init_pools / "single.img")
        m.start()
        m.expect(rb"Enter gives the menu", 120)
        m.send("\n")
        m.menu(rb", since Enter was pressed[\s\S]*found: \d+ block devices, none with a ZFS label", 1)
        m.expect(rb"zlive: waiting for the pool", 60)
        m.send("\n")
        m.menu(rb", since Enter was pressed", 5)
        m.expect(rb"\(zlive\) # ", 60)
        m.send("dmesg | grep -c ZFS; poweroff -f\n")
        m.wait_off(60)


@case("e2e/init/mirror", needs=NEEDS, cost=15, firmware=("uefi",))
def mirror_in_two_places(t):
    """The second half comes 5 s later, on a slower bus: waits for it, imports whole."""
    with InitMachine(t, "mirror", "zlive.degraded_wait=60") as m:
        m.attach("virtio", t.init_pools / "mirror-a.img", boot=True)
        other = m.stick_for_later(t.init_pools / "mirror-b.img")
        m.start()
        m.expect(rb"waiting for the pool [^\n]*: 1 of its disks is missing", 120)
        time.sleep(5)
        m.plug_in(other)
        m.check_system("mirror")
        if b"degraded" in m.seen:
            raise Failure("imported degraded though both halves are there")
        m.power_off()


@case("e2e/init/mirror-half", needs=NEEDS, cost=15, firmware=("uefi", "bios"))
def half_a_mirror(t):
    """One half is enough, after a wait, and the console says so."""
    with InitMachine(t, "mirror", "zlive.degraded_wait=3") as m:
        m.attach("usb-xhci", t.init_pools / "mirror-b.img", boot=True)
        m.start()
        missing = m.expect(rb"importing degraded, since 1 of its disks is missing \(vdev (\d+), which was (/dev/\w+)\)", 180)
        other = label.read_labels(t.init_pools / "mirror-a.img", *image.zfs_partition(t.init_pools / "mirror-a.img"))[0]
        if (int(missing[1]), missing[2]) != (other.get("guid"), b"/dev/vdd1"):
            raise Failure(f"not the one that is missing: {missing[0].decode()}")
        m.check_system("mirror")
        m.power_off()


@case("e2e/init/removed", needs=NEEDS, cost=10, firmware=("uefi",))
def pool_with_a_removed_vdev(t):
    """Labels still count the vdev that was removed; nobody waits for it."""
    with InitMachine(t, "removed") as m:
        m.attach("virtio", t.init_pools / "removed.img", boot=True)
        m.start()
        m.check_system("removed")
        m.power_off()


@case("e2e/init/encrypted", needs=NEEDS, cost=15, firmware=("uefi",))
def encrypted_root(t):
    """Asks on the console, without echo; a wrong passphrase is refused and asked for again.

    From a firmware on kernel and ramdisk come from an environment beside it, since the loader takes no keys.
    """
    with InitMachine(t, "encrypted", "root=ZFS=zlive/ROOT/small" if t.firmware else "") as m:
        m.attach("sata", t.init_pools / "encrypted.img", boot=True)
        m.start()
        m.expect(rb"Passphrase for zlive/ROOT/small: ", 180)
        m.send("wrong horse\n")
        m.expect(rb"Passphrase for zlive/ROOT/small: ", 60)
        m.send("right horse\n")
        m.check_system("encrypted")
        if b"horse" in m.seen:
            raise Failure("the passphrase was echoed")
        m.power_off()


@case("e2e/init/copies", needs=NEEDS, cost=8, firmware=("uefi",))
def equal_copies(t):
    """Two equal copies and no word from the loader: neither is touched."""
    disks = [image.copy(t.init_pools / "single.img", t.dir / name) for name in ("a.img", "b.img")]
    before = [image.sha256(d) for d in disks]
    with InitMachine(t, "single") as m:
        m.allow_menu()
        m.attach("virtio", disks[0], boot=True, snapshot=False)
        m.attach("sata", disks[1], snapshot=False)
        m.start()
        m.menu(rb"[\s\S]*are copies of one another", 7)
        m.wait_off(60)
    if [image.sha256(d) for d in disks] != before:
        raise Failure("a copy was written to")


@case("e2e/init/named-copy", needs=NEEDS, cost=13, firmware=("uefi", "bios"))
def loader_names_the_partition(t):
    """Of two copies the one is used that the loader read from; not a byte of the other changes."""
    own, other = [image.copy(t.init_pools / "single.img", t.dir / name) for name in ("own.img", "other.img")]
    guid = "01234567-89ab-cdef-0123-456789abcdef"
    run("/usr/sbin/sgdisk", "-u", f"1:{guid}", own)
    before = image.sha256(other)
    vdev = label.read_labels(own, *image.zfs_partition(own))[0].get("guid")
    with InitMachine(t, "single", "" if t.firmware else f"zlive.vdev={vdev} zlive.part={guid}") as m:
        m.attach("virtio", other, snapshot=False)
        stick = m.stick_for_later(own)
        m.start()
        m.expect(rb"vda1 holds only a copy of the disk that was booted from", 120)
        m.plug_in(stick)
        m.check_system("single")
        m.power_off()
    if image.sha256(other) != before:
        raise Failure("the copy was written to")


@case("e2e/init/menu-environment", needs=NEEDS, cost=10, firmware=("uefi", "bios"))
def another_environment(t):
    """A boot environment without an init is no panic: the menu offers the others."""
    with InitMachine(t, "single", "root=ZFS=zlive/ROOT/empty") as m:
        m.allow_menu()
        m.attach("virtio", t.init_pools / "single.img", boot=True)
        m.start()
        m.menu(rb": the root is mounted, but holds no system[\s\S]*vda1: pool 'zlive'", 2)
        m.choose(rb"1  zlive/ROOT/small\s+zlive:   2  zlive/ROOT/empty\s", 1)
        m.check_system("single")
        m.power_off()


@case("e2e/init/menu-pool", needs=NEEDS, cost=10, firmware=("uefi",))
def another_pool(t):
    """The pool does not come; another one that is there is taken when somebody says so."""
    with InitMachine(t, "mirror", "zlive.wait=2") as m:
        m.allow_menu()
        m.load_from(t.init_pools / "mirror-a.img")
        stick = m.stick_for_later(t.init_pools / "single.img")
        m.start()
        m.menu(rb": the pool was not found", 9)  # no such choice: asks again
        m.menu(rb": the pool was not found", 2)
        m.expect(rb"there is nothing to choose from", 60)
        m.plug_in(stick)
        for _ in range(60):
            time.sleep(2)
            m.menu(rb": the pool was not found", 2)
            if m.expect(rb"nothing to choose from|1  pool 'zlive' with GUID \d+", 60)[0][:1] == b"1":
                break
        m.send("1\n")
        m.check_system("single")
        m.power_off()


@case("e2e/init/menu-read-only", needs=NEEDS, cost=10, firmware=("uefi",))
def read_only(t):
    """Read-only from the menu: the system comes up and not a byte of the disk changes."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    before = image.sha256(disk)
    with InitMachine(t, "single") as m:
        m.allow_menu()
        stick = m.stick_for_later(disk, snapshot=False)
        m.start()
        m.expect(rb"Enter gives the menu", 120)
        m.send("\n")
        m.menu(rb", since Enter was pressed", 3)
        m.plug_in(stick)
        m.expect(rb"SMALL-READY", 240)
        if "zlive/ROOT/small on / type zfs (ro," not in m.shell("mount"):
            raise Failure("the root is not mounted read-only")
        m.power_off()
    if image.sha256(disk) != before:
        raise Failure("the disk was written to")


@case("e2e/init/menu-late", needs=NEEDS, cost=12, firmware=("uefi",))
def stick_comes_while_the_menu_waits(t):
    """Nobody is at the console: the boot goes on by itself when the pool comes after all."""
    with InitMachine(t, "single", "zlive.wait=2") as m:
        m.allow_menu()
        stick = m.stick_for_later(t.init_pools / "single.img")
        m.start()
        m.expect(rb"Number, then Enter \[1\]: ", 120)
        m.plug_in(stick)
        m.expect(rb"zlive: the pool is there now", 120)
        m.check_system("single")
        m.power_off()


@case("e2e/init/openzfs-2.1", needs=["small_image", "ramdisk21"], cost=90, full=True)
def an_older_openzfs(t):
    """Its module does not tell which pool has which GUID: the program does. And a stick may be pulled out there, too."""
    stick = label.read_labels(t.small_image, *image.zfs_partition(t.small_image))[0]
    with SmallMachine(t) as m:
        kernel, ramdisk = t.ramdisk21
        m.use_kernel(kernel, ramdisk, f"console=ttyS0 quiet panic=-1 no_timer_check zlive.pool={stick.get('pool_guid')}")
        medium = m.pluggable(overlay(t.small_image, t.dir / "stick.qcow2"), "qcow2")
        m.argv += ["-device", "qemu-xhci,id=x", "-device", "qemu-xhci,id=y"]
        m.argv += ["-device", f"usb-storage,bus=x.0,port=1,drive={medium},id=s-{medium}"]
        m.start()
        m.expect(rb"SMALL-READY", 240)
        if not m.shell("cat /sys/module/zfs/version").startswith("2.1."):
            raise Failure("another OpenZFS than the test is about")
        m.shell("test -d /proc/spl/kstat/zfs/zlive -a ! -e /proc/spl/kstat/zfs/zlive/guid")
        m.shell("echo 4 >/proc/sys/kernel/printk")
        m.pull_stick(medium)
        m.expect(rb"cannot go on without sda2", 20)
        m.send("seq 1 200000 >/root/file; sync; echo 3 >/proc/sys/vm/drop_caches; sha256sum /root/file | cut -c1-8\n")
        time.sleep(5)
        m.plug_stick(medium, "y", 2)
        m.expect(rb"is back after \d+ s: sd\w2 \(usb \d-2\), which was sda2 \(usb \d-1\)", 40)
        m.expect(rb"SMALL-DONE 0", 60)
        time.sleep(3)
        if "cannot start a scrub" in m.shell("dmesg"):
            raise Failure("what zpool scrub does is not understood by this OpenZFS")
        m.power_off()
