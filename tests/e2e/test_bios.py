# SPDX-License-Identifier: BSD-2-Clause
"""The same image on PCs with a BIOS (SeaBIOS): every bus, other disks, and what can be wrong."""

import shutil
import struct

from harness import debian, stick
from harness.case import case
from harness.machine import Machine
from harness.paths import Failure
from harness.run import run

SECTOR = 512
BOOT_REGION = 512 << 10  # of stage 2 in the ZFS partition
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

    def screen(self):
        """The text on the screen: the video memory of the BIOS's text mode."""
        path = self.dir / "screen"
        self.qmp("pmemsave", val=0xB8000, size=80 * 25 * 2, filename=str(path))
        cells = path.read_bytes()[::2]
        rows = [cells[i : i + 80].decode("cp437").rstrip("\0 ") for i in range(0, len(cells), 80)]
        return "\n".join(rows)

    def expect_screen(self, text, limit):
        self.mark = 0
        for _ in range(limit * 2):
            if not self._read(0.5):
                raise Failure(f'the machine ended before "{text}" was on its screen')
            screen = self.screen()
            if text in " ".join(screen.split()):
                return
        raise Failure(f'no "{text}" on the screen within {limit} s:\n{screen}')


def declare(kind):
    @case(f"e2e/bios/attach/{kind}", needs=["debian_image"], cost=200)
    def boots(t):
        with Pc(t) as m:
            m.plug(kind, t.debian_image, bootindex=0)
            debian.boot(m)
            debian.check_online(m)


for attachment in ATTACH:
    declare(attachment)


def make_disk(path, boot_sector):
    path.write_bytes(boot_sector)
    with open(path, "r+b") as f:
        f.truncate(64 << 20)
    return path


@case("e2e/bios/other-disks", needs=["small_image"], cost=80)
def other_disks_come_first(t):
    """An empty disk, one whose boot code gives up, and another zlive stick are before it."""
    t.dir.mkdir(parents=True, exist_ok=True)
    empty = make_disk(t.dir / "empty.img", bytes(SECTOR))
    gives_up = b"\xcd\x18".ljust(SECTOR - 2, b"\0") + b"\x55\xaa"
    other = make_disk(t.dir / "gives-up.img", gives_up)
    with Pc(t) as m:
        m.plug("virtio", empty, bootindex=0)
        m.plug("sata", other, bootindex=1)
        m.plug("usb-xhci", t.small_image, bootindex=2)
        m.start()
        m.expect(rb"SMALL-READY", 240)


class Broken:
    """A copy of a stick's first MiBs, to be damaged; the rest is read from the stick."""

    def __init__(self, t):
        self.path = t.dir / "broken.img"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        run("cp", "--sparse=always", t.small_image, self.path)
        self.vdev = self._find_vdev()

    def _find_vdev(self):
        with open(self.path, "rb") as f:
            f.seek(2 * SECTOR)
            entries = f.read(128 * 128)
        kind = bytes.fromhex("c38c896ad21db21199a6080020736631")
        at = entries.index(kind)
        return struct.unpack_from("<Q", entries, at + 32)[0] * SECTOR

    def flip(self, at):
        with open(self.path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 1]))

    def stage2(self, at):
        self.flip(self.vdev + BOOT_REGION + at)


def expect_message(t, broken, text, memory=512):
    with Pc(t, memory=memory) as m:
        m.plug("virtio", broken.path, bootindex=0)
        m.start()
        m.expect_screen(text, 60)


@case("e2e/bios/broken/gpt", needs=["small_image"], cost=10)
def no_partition_table(t):
    broken = Broken(t)
    broken.flip(SECTOR)
    expect_message(t, broken, "zlive: no GPT")


@case("e2e/bios/broken/no-vdev", needs=["small_image"], cost=10)
def no_zfs_partition(t):
    broken = Broken(t)
    run("sgdisk", "-t", "2:8300", broken.path)
    expect_message(t, broken, "zlive: no ZFS partition with a loader")


@case("e2e/bios/broken/no-stage2", needs=["small_image"], cost=10)
def no_stage2(t):
    broken = Broken(t)
    broken.stage2(0)
    expect_message(t, broken, "zlive: no ZFS partition with a loader")


@case("e2e/bios/broken/version", needs=["small_image"], cost=10)
def stage2_of_another_version(t):
    broken = Broken(t)
    broken.stage2(VERSION)
    expect_message(t, broken, "zlive: loader has another version")


@case("e2e/bios/broken/head", needs=["small_image"], cost=10)
def damaged_head(t):
    broken = Broken(t)
    broken.stage2(HEAD - 100)
    expect_message(t, broken, "zlive: loader is damaged")


@case("e2e/bios/broken/rest", needs=["small_image"], cost=10)
def damaged_rest(t):
    broken = Broken(t)
    broken.stage2(HEAD + 70001)
    expect_message(t, broken, "zlive: the loader is damaged: its checksum is wrong")


@case("e2e/bios/broken/cut", needs=["small_image"], cost=10)
def cut_image(t):
    """The image was not written to its end: the loader is there, the pool is not."""
    broken = Broken(t)
    with open(broken.path, "r+b") as f:
        f.truncate(broken.vdev + (3 << 20))
    expect_message(t, broken, "cannot be read: the BIOS believes that the drive has")


@case("e2e/bios/broken/memory", needs=["small_image"], cost=20)
def no_memory(t):
    """A machine of 64 MiB says what lacks, and is not just silent."""
    with Pc(t, memory=64) as m:
        m.plug("virtio", t.small_image, bootindex=0)
        m.start()
        m.expect_screen("MiB", 90)
        screen = " ".join(m.screen().split())
        if "could not be started" not in screen or "needs" not in screen:
            raise Failure(f"the screen does not say what lacks:\n{m.screen()}")


@case("e2e/bios/no-bios", needs=["small_root"], cost=60)
def without_bios(t):
    """--no-bios leaves the MBR's code area and the boot region empty."""
    t.dir.mkdir(parents=True, exist_ok=True)
    path = stick.build_plain(t.small_root / "etc", t.dir / "plain.img", "--no-bios")
    with open(path, "rb") as f:
        code = f.read(440)
        f.seek((1 << 20) + (64 << 20) + BOOT_REGION)
        region = f.read(1 << 20)
    if any(code) or any(region):
        raise Failure("there is boot code in it")
    shutil.rmtree(t.dir, ignore_errors=True)
