# SPDX-License-Identifier: BSD-2-Clause
"""The failure menu: each of its ways on, on the screen and on a serial line alike.

Another boot environment, another pool, read-only: init/menu-*; the rewind: accident/rewind.
"""

from harness import image, label
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]
EMPTY = "root=ZFS=zlive/ROOT/empty"  # a root without a system in it
NO_SYSTEM = rb": the root is mounted, but holds no system"
EXPORTED = 1  # a pool's state


@case("e2e/menu/retry", needs=NEEDS, cost=12, firmware=("uefi",))
def tries_again(t):
    """Two equal copies: one is pulled out, and trying again takes the other."""
    with InitMachine(t, "single") as m:
        m.allow_menu()
        m.argv += ["-device", "qemu-xhci,id=x"]
        for port in (1, 2):
            stick = m.drive(t.init_pools / "single.img")
            m.argv += ["-device", f"usb-storage,bus=x.0,port={port},drive={stick},id=stick{port}"]
            m.argv[-1] += m.boot_index() if port == 1 else ""
        m.start()
        m.menu(rb"[\s\S]*are copies of one another", 1)
        m.menu(rb"[\s\S]*are copies of one another", 9)  # no such choice: the menu again
        m.expect(rb"Number, then Enter", 60)
        m.pull_out("stick1")
        m.send("1\n")
        m.check_system("single")
        m.power_off()


def leave(t, choice):
    """A machine that would start again if it were reset; the menu comes with the pool imported."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    m = InitMachine(t, "single", EMPTY)
    m.argv.remove("-no-reboot")
    m.allow_menu()
    m.attach("virtio", disk, boot=True, snapshot=False)
    m.start()
    m.menu(NO_SYSTEM, choice)
    return m, disk


def check_exported(disk):
    if label.read_labels(disk, *image.zfs_partition(disk))[0].get("state") != EXPORTED:
        raise Failure("the pool was not exported before")


@case("e2e/menu/power-off", needs=NEEDS, cost=10, firmware=("uefi",))
def powers_off(t):
    m, disk = leave(t, 7)
    with m:
        m.wait_off(60)
    check_exported(disk)


@case("e2e/menu/reboot", needs=NEEDS, cost=16, firmware=("uefi", "bios"))
def reboots(t):
    m, disk = leave(t, 6)
    with m:
        if t.firmware:
            m.pass_loader()
        m.menu(NO_SYSTEM, 7)
        m.wait_off(60)
    check_exported(disk)


SHELL = [
    ("zpool list -H -o name,health", rb"zlive\s+ONLINE"),
    ("zfs list -H -o name zlive/ROOT/small", rb"\nzlive/ROOT/small\r"),
    ("zpool status -v zlive", rb"No known data errors"),
    ("fdisk -l /dev/vda", rb"Disk /dev/vda: [^\r]*sectors"),
    ("dmesg | grep -c 'Linux version'", rb"\n1\r"),
    ("ls -d /sysroot/dev; mount | grep sysroot", rb"zlive/ROOT/empty on /sysroot type zfs"),
    ("busybox | head -1; type vi less tar ip", rb"BusyBox v[\s\S]*vi is [\s\S]*tar is "),
]


@case("e2e/menu/shell", needs=NEEDS, cost=10, firmware=("uefi",))
def repairs_in_the_shell(t):
    """The shell has what a rescuer wants; what lacked is put there, and on leaving the boot goes on."""
    with InitMachine(t, "single", EMPTY) as m:
        m.allow_menu()
        m.attach("virtio", t.init_pools / "single.img", boot=True)
        m.start()
        m.menu(NO_SYSTEM, 5)
        m.expect(rb"\(zlive\) # ", 60)
        for command, answer in SHELL:
            m.send(f"{command}\n")
            m.expect(answer, 60)
            m.expect(rb"\(zlive\) # ", 60)
        m.send("mkdir -p /mnt && mount -t zfs -o zfsutil zlive/ROOT/small /mnt && cp -a /mnt/. /sysroot/; umount /mnt; exit\n")
        m.expect(rb"SYSTEM single\r?\n", 120)
        m.expect(rb"SMALL-READY", 60)
        if "zlive/ROOT/empty on / type zfs (rw," not in m.shell("mount"):
            raise Failure("the root is another one")
        m.power_off()


ROWS = 204
KEYS = {" ": "spc", "/": "slash", "-": "minus", "\n": "ret"}


def type_keys(m, text):
    """On the keyboard of the machine."""
    for c in text:
        m.qmp("send-key", keys=[{"type": "qcode", "data": KEYS.get(c, c)}])


@case("e2e/menu/screen", needs=NEEDS, cost=10, firmware=("uefi", "bios"))
def screen_and_keyboard(t):
    """Two consoles: both show all of it, and who sits at the keyboard can choose and use the shell."""
    with InitMachine(t, "single", f"{EMPTY} console=tty0") as m:
        m.allow_menu()
        m.attach("virtio", t.init_pools / "single.img", boot=True)
        m.start()
        m.expect_screen("what now? zlive: 1 try again", 180, ROWS)
        m.expect(rb"what now\?\s+zlive:   1  try again", 10)
        type_keys(m, "5\n")
        m.expect_screen("(zlive) #", 60, ROWS)
        m.expect(rb"\(zlive\) # ", 10)
        type_keys(m, "zpool list -o name\n")
        m.expect_screen("# zpool list -o name NAME zlive (zlive) #", 60, ROWS)
        m.send("exit\n")  # on the serial line: ends the one on the screen, too
        m.expect(rb"the root is mounted, but holds no system", 60)
        m.expect(rb"Number, then Enter", 60)
        type_keys(m, "7\n")
        m.wait_off(60)
