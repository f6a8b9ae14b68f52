# SPDX-License-Identifier: BSD-2-Clause
"""The same image on PCs with a BIOS (SeaBIOS): every bus, other disks, and what can be wrong."""

import shutil
import struct

from harness import debian, lab, stick
from harness.case import FIXTURES, Case, case, fixture
from harness.machine import Machine
from harness.paths import Failure
from harness.run import run, zlive

SECTOR = 512
HEAD = 8 << 10  # of stage 2: what the MBR reads and checks
VERSION = 8  # where a byte of its version is

ATTACH = {
    "usb-uhci": ("q35", ["piix3-usb-uhci,id=u", "usb-storage,bus=u.0,drive={d}"]),
    "usb-ehci": ("q35", ["usb-ehci,id=u", "usb-storage,bus=u.0,drive={d}"]),
    "usb-xhci": ("q35", ["qemu-xhci,id=u", "usb-storage,bus=u.0,drive={d}"]),
    "sata": ("q35", ["ide-hd,bus=ide.0,drive={d}"]),
    "ide": ("pc", ["ide-hd,bus=ide.0,drive={d}"]),
    "nvme": ("q35", ["nvme,serial=zlivetest,drive={d}"]),
    "virtio": ("q35", ["virtio-blk-pci,drive={d}"]),
}


class Pc(Machine):
    """A machine whose firmware is QEMU's default, SeaBIOS."""

    def use_firmware(self):
        pass

    def plug(self, kind, image, bootindex=None, **kwargs):
        machine, devices = ATTACH[kind]
        self.argv[self.argv.index("-machine") + 1] = machine
        name = self.drive(image, **kwargs)
        for device in devices:
            if "{d}" in device and bootindex is not None:
                device += f",bootindex={bootindex}"
            self.argv += ["-device", device.format(d=name)]


def find_vdev(disk):
    """Where the ZFS partition of a disk starts, in bytes."""
    with open(disk, "rb") as f:
        f.seek(2 * SECTOR)
        entries = f.read(128 * 128)
    at = entries.index(bytes.fromhex("c38c896ad21db21199a6080020736631"))
    return struct.unpack_from("<Q", entries, at + 32)[0] * SECTOR


def declare(kind, full, cost, limit):
    @case(f"e2e/bios/attach/{kind}", needs=["debian_image"], cost=cost, full=full)
    def boots(t):
        with Pc(t) as m:
            m.plug(kind, t.debian_image, bootindex=0)
            debian.boot(m, limit)
            debian.check_online(m)


# USB 1 is slow in the emulation, too: 64 bytes in a frame of 1 ms while the BIOS reads.
for attachment in ATTACH:
    full = attachment not in ("usb-xhci", "sata")
    if attachment == "usb-uhci":
        declare(attachment, full, cost=300, limit=3600)
    else:
        declare(attachment, full, cost=60, limit=420)


def make_disk(path, boot_sector):
    path.write_bytes(boot_sector)
    with open(path, "r+b") as f:
        f.truncate(64 << 20)
    return path


@case("e2e/bios/other-disks", needs=["small_image"], cost=20, full=True)
def other_disks_are_there(t):
    """A CD without a boot record comes first; an empty disk and one with boot code are drives, too.

    SeaBIOS starts no other hard disk than the first one. A bootable disk before the stick is
    what wrong-drive-number has.
    """
    t.dir.mkdir(parents=True, exist_ok=True)
    empty = make_disk(t.dir / "empty.img", bytes(SECTOR))
    gives_up = b"\xcd\x18".ljust(SECTOR - 2, b"\0") + b"\x55\xaa"
    other = make_disk(t.dir / "gives-up.img", gives_up)
    with Pc(t) as m:
        cd = m.drive(empty, extra=",media=cdrom")
        m.argv += ["-device", f"ide-cd,bus=ide.2,drive={cd},bootindex=0"]
        m.plug("usb-xhci", t.small_image, bootindex=1)
        m.plug("virtio", empty)
        m.plug("sata", other)
        m.start()
        m.expect(rb"SMALL-READY", 240)


# Reads sector 0 of drive 81h and starts it with 80h as its drive number, as some BIOSes do.
LIAR = bytes.fromhex(
    "31c08ed88ec08ed0bc007cbe007cbf0006b90001f3a5ea1b060000"  # moves itself to 0600
    "b442b281be2b06cd13b280ea007c0000"  # int 13h, then 0000:7c00
    "1000010000" "7c0000" "0000000000000000"  # its packet
)


@case("e2e/bios/wrong-drive-number", needs=["small_image"], cost=20, full=True)
def the_bios_numbers_drives_otherwise(t):
    t.dir.mkdir(parents=True, exist_ok=True)
    liar = make_disk(t.dir / "liar.img", LIAR.ljust(SECTOR - 2, b"\0") + b"\x55\xaa")
    with Pc(t) as m:
        m.plug("sata", liar, bootindex=0)
        m.plug("virtio", t.small_image, bootindex=1)
        m.start()
        m.expect(rb"SMALL-READY", 240)


POOLS = """
make() {
	name=$1
	shift
	zpool create -f -o ashift=12 -O compression=lz4 -O mountpoint=none -R /mnt $name "$@"
	zfs create -o mountpoint=none $name/ROOT
	zfs create -o mountpoint=/ -o canmount=noauto $name/ROOT/debian
	zfs set org.zfsbootmenu:commandline="console=ttyS0" $name/ROOT
	zpool set bootfs=$name/ROOT/debian $name
	zfs mount $name/ROOT/debian
	tar xf root.tar -C /mnt
	zpool export $name
}
make stripe /dev/vdc2 /dev/vdd2
make twins mirror /dev/vde2 /dev/vdf2
make raid raidz1 /dev/vdg2 /dev/vdh2 /dev/vdi2
"""


@fixture("bios_pools", needs=["small_root", "lab"])
def make_pools(path):
    """A stripe and a mirror of two disks each and a raidz1 of three, by OpenZFS; every disk has the
    BIOS loader."""
    root = path.with_suffix(".root")
    stick.copy_tree(FIXTURES["small_root"].value(), root)
    version = lab.kernel_version(FIXTURES["tree"].value())
    zlive("ramdisk", "--root", root, "-o", root / f"boot/initrd.img-{version}")
    run("tar", "cf", path.parent / "root.tar", "-C", root, ".")
    shutil.rmtree(root)
    disks = [path.with_suffix(f".{i}") for i in range(7)]
    for disk in disks:
        with open(disk, "wb") as f:
            f.truncate(512 << 20)
        kind = "6A898CC3-1DD2-11B2-99A6-080020736631"
        run("sgdisk", "-n1:2048:+16M", "-t1:EF00", "-n2:0:-1M", f"-t2:{kind}", disk)
    case_ = Case("fixture/bios_pools", None, (), 0)
    lab.run_job(case_, FIXTURES["lab"].value(), POOLS, disks, [path.parent / "root.tar"])
    (path.parent / "root.tar").unlink()
    for i, disk in enumerate(disks):
        stick.install_bios_loader(disk, i + 1)
    return disks


@case("e2e/bios/stripe", needs=["bios_pools"], cost=20, full=True)
def stripe_of_two_drives(t):
    with Pc(t) as m:
        m.plug("virtio", t.bios_pools[0], bootindex=0)
        m.plug("virtio", t.bios_pools[1])
        m.start()
        m.expect(rb"SMALL-READY", 240)


@case("e2e/bios/mirror", needs=["bios_pools"], cost=20, full=True)
def mirror_of_two_drives(t):
    with Pc(t) as m:
        m.plug("sata", t.bios_pools[2], bootindex=0)
        m.plug("virtio", t.bios_pools[3])
        m.start()
        m.expect(rb"SMALL-READY", 240)


@case("e2e/bios/mirror-degraded", needs=["bios_pools"], cost=20)
def mirror_with_one_side_missing(t):
    """Kernel and ramdisk come from the side that is there; so does the system, after the wait."""
    with Pc(t) as m:
        m.plug("virtio", t.bios_pools[3], bootindex=0)
        m.start()
        m.expect(rb"zlive: starting /boot/vmlinuz-\S+ of twins/ROOT/debian", 120)
        m.expect(rb"SMALL-READY", 240)


def boot_raidz(t, kinds):
    """Which disk is behind which kind of controller; the first one is booted from."""
    with Pc(t) as m:
        for i, (kind, disk) in enumerate(kinds):
            m.plug(kind, t.bios_pools[disk], bootindex=0 if i == 0 else None)
        m.start()
        m.expect(rb"zlive: starting /boot/vmlinuz-\S+ of raid/ROOT/debian", 120)
        m.expect(rb"SMALL-READY", 240)


@case("e2e/bios/raidz", needs=["bios_pools"], cost=20, full=True)
def raidz_of_three_drives(t):
    boot_raidz(t, [("virtio", 5), ("sata", 4), ("usb-xhci", 6)])


@case("e2e/bios/raidz-degraded", needs=["bios_pools"], cost=20)
def raidz_with_one_drive_missing(t):
    """Loader and ramdisk both get along without the first disk."""
    boot_raidz(t, [("virtio", 6), ("virtio", 5)])


@case("e2e/bios/stripe-missing", needs=["bios_pools"], cost=30, full=True)
def stripe_with_one_drive_missing(t):
    """Half a stripe is no pool: the screen says which one lacks a drive."""
    with Pc(t) as m:
        m.plug("virtio", t.bios_pools[0], bootindex=0)
        m.start()
        m.expect_screen("The pool cannot be read", 60)
        m.expect_screen("stripe: vdev 1 ", 10)


class Broken:
    """A copy of a stick's first MiBs, to be damaged; the rest is read from the stick."""

    def __init__(self, t):
        self.path = t.dir / "broken.img"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run("cp", "--sparse=always", t.small_image, self.path)
        self.vdev = find_vdev(self.path)

    def flip(self, at):
        with open(self.path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 1]))

    def stage2(self, at):
        self.flip(self.vdev + stick.BOOT_REGION + at)


def expect_message(t, broken, text, memory=512):
    with Pc(t, memory=memory) as m:
        m.plug("virtio", broken.path, bootindex=0)
        m.start()
        m.expect_screen(text, 60)


@case("e2e/bios/broken/gpt", needs=["small_image"], cost=3)
def no_partition_table(t):
    broken = Broken(t)
    broken.flip(SECTOR)
    expect_message(t, broken, "zlive: no GPT")


@case("e2e/bios/broken/no-vdev", needs=["small_image"], cost=3)
def no_zfs_partition(t):
    broken = Broken(t)
    run("sgdisk", "-t", "2:8300", broken.path)
    expect_message(t, broken, "zlive: no ZFS partition with a loader")


@case("e2e/bios/broken/no-stage2", needs=["small_image"], cost=3)
def no_stage2(t):
    broken = Broken(t)
    broken.stage2(0)
    expect_message(t, broken, "zlive: no ZFS partition with a loader")


@case("e2e/bios/broken/version", needs=["small_image"], cost=3)
def stage2_of_another_version(t):
    broken = Broken(t)
    broken.stage2(VERSION)
    expect_message(t, broken, "zlive: loader has another version")


@case("e2e/bios/broken/head", needs=["small_image"], cost=3)
def damaged_head(t):
    broken = Broken(t)
    broken.stage2(HEAD - 100)
    expect_message(t, broken, "zlive: loader is damaged")


@case("e2e/bios/broken/rest", needs=["small_image"], cost=3)
def damaged_rest(t):
    broken = Broken(t)
    broken.stage2(HEAD + 70001)
    expect_message(t, broken, "zlive: the loader is damaged: its checksum is wrong")


@case("e2e/bios/broken/cut", needs=["small_image"], cost=3)
def cut_image(t):
    """The image was not written to its end: the loader is there, the pool is not."""
    broken = Broken(t)
    with open(broken.path, "r+b") as f:
        f.truncate(broken.vdev + (3 << 20))
    expect_message(t, broken, "cannot be read: the BIOS believes that the drive has")


@case("e2e/bios/broken/memory", needs=["small_image"], cost=3)
def no_memory(t):
    """A machine of 64 MiB says what lacks, and is not just silent."""
    with Pc(t, memory=64) as m:
        m.plug("virtio", t.small_image, bootindex=0)
        m.start()
        m.expect_screen("MiB", 90)
        screen = " ".join(m.screen().split())
        if "could not be started" not in screen or "needs" not in screen:
            raise Failure(f"the screen does not say what lacks:\n{m.screen()}")


@case("e2e/bios/beyond-2tib", needs=["small_image"], cost=20, full=True)
def partition_beyond_2_tib(t):
    """The stick's partition, moved to where sector numbers need more than 32 bits."""
    source = Broken(t)
    path = t.dir / "large.img"
    start = (2 << 40) // SECTOR + 2048
    with open(path, "wb") as f:
        f.truncate(3 << 40)
    sectors = (source.path.stat().st_size - source.vdev) // SECTOR - 2048
    kind = "6A898CC3-1DD2-11B2-99A6-080020736631"
    run("sgdisk", f"-n1:{start}:{start + sectors - 1}", f"-t1:{kind}", path)
    run("dd", f"if={source.path}", f"of={path}", "bs=1M", f"skip={source.vdev >> 20}",
        f"seek={start >> 11}", f"count={sectors >> 11}", "conv=notrunc,sparse")
    run("dd", f"if={source.path}", f"of={path}", "bs=440", "count=1", "conv=notrunc")
    with Pc(t) as m:
        m.plug("sata", path, bootindex=0)
        m.start()
        m.expect(rb"SMALL-READY", 240)
    path.unlink()


@case("e2e/bios/no-bios", needs=["small_root"], cost=60, full=True)
def without_bios(t):
    """--no-bios leaves the MBR's code area and the boot region empty."""
    t.dir.mkdir(parents=True, exist_ok=True)
    path = stick.build_plain(t.small_root / "etc", t.dir / "plain.img", "--no-bios")
    with open(path, "rb") as f:
        code = f.read(440)
        f.seek((1 << 20) + (64 << 20) + stick.BOOT_REGION)
        region = f.read(1 << 20)
    if any(code) or any(region):
        raise Failure("there is boot code in it")
    path.unlink()
