# SPDX-License-Identifier: BSD-2-Clause
"""Sticks that are pulled out of one port and put into another before the import."""

from harness import image
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine
from harness.small import SmallMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]


@case("e2e/moving/while-awaited", needs=NEEDS, cost=15, firmware=("uefi",))
def half_of_a_mirror_moves(t):
    """Half of a mirror waits for the other, and is put into another port meanwhile: the pool is imported whole."""
    with InitMachine(t, "mirror", "zlive.degraded_wait=900") as m:
        m.load_from(t.init_pools / "mirror-a.img")
        m.argv += ["-device", "qemu-xhci,id=x"]
        a, a_again = m.nodes(image.copy(t.init_pools / "mirror-a.img", t.dir / "a.img"), 2)
        (b,) = m.nodes(image.copy(t.init_pools / "mirror-b.img", t.dir / "b.img"), 1)
        m.start()
        m.expect(rb"zlive: waiting for the pool", 120)
        m.plug_in(a, port=1, name="first")
        m.expect(rb"1 of its disks is missing \(vdev \d+, which was /dev/", 60)
        m.pull_out("first")
        m.expect(rb"zlive: sda1 of pool 'zlive' is gone", 60)
        m.plug_in(a_again, port=3, name="again")
        m.expect(rb"1 of its disks is missing", 60)
        m.plug_in(b, port=2, name="second")
        m.check_system("mirror")
        if "DEGRADED" in m.shell("busybox cat /proc/spl/kstat/zfs/zlive/state"):
            raise Failure("imported degraded though both halves are there")
        m.power_off()


@case("e2e/moving/before-import", needs=NEEDS, cost=12, firmware=("uefi",))
def found_and_gone(t):
    """Found in one port, and in another one, under another name, when the import starts."""
    with InitMachine(t, "single", "break=import") as m:
        m.allow_menu()
        m.load_from(t.init_pools / "single.img")
        m.argv += ["-device", "qemu-xhci,id=x"]
        first, again = m.nodes(image.copy(t.init_pools / "single.img", t.dir / "stick.img"), 2)
        m.start()
        m.expect(rb"zlive: waiting for the pool", 120)
        m.plug_in(first, port=1, name="first")
        m.expect(rb"zlive: break=import\s", 120)
        m.expect(rb"\(zlive\) # ", 60)
        # The name stays taken as long as somebody has the device open.
        m.send("exec 9</dev/sda1; sleep 600 & echo HELD-$?\n")
        m.expect(rb"HELD-0", 30)
        m.pull_out("first")
        m.plug_in(again, port=4, name="again")
        m.send("until [ -e /dev/sdb1 ]; do sleep 1; done; ls /dev/sd?1; echo MOVED-$?\n")
        m.expect(rb"MOVED-0", 60)
        m.send("exit\n")
        m.expect(rb"zlive: sda1 of pool 'zlive' is gone", 60)
        m.expect(rb"zlive: importing pool 'zlive' from sdb1\r", 60)
        m.check_system("single")
        m.power_off()


@case("e2e/moving/after-the-loader", needs=["small_image"], cost=17, firmware=("bios",))
def loader_read_it_in_another_port(t):
    """The loader has read kernel and ramdisk from one port; the stick is in another when /init looks for it."""
    with SmallMachine(t) as m:
        m.argv += ["-device", "qemu-xhci,id=x"]
        first, again = m.nodes(image.copy(t.small_image, t.dir / "stick.img"), 2)
        m.argv += ["-device", f"usb-storage,bus=x.0,port=1,drive={first},id=first,bootindex=0"]
        m.use_firmware()
        m.start()
        m.expect(rb"zlive: read \d+ bytes", 120)
        m.pull_out("first")
        m.expect(rb"zlive: waiting for the pool with GUID \d+ \(1 s\)", 120)
        m.plug_in(again, port=3, name="again")
        m.expect(rb"SMALL-READY", 120)
        m.check_online()
        m.power_off()
