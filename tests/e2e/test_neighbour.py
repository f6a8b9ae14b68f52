# SPDX-License-Identifier: BSD-2-Clause
"""Internal disks of all kinds: not a byte of them changes, nothing of them is imported, none holds up the boot."""

import pathlib
import random
import re
import shutil
import types

from harness import damage, disks, elf, golden, image, lab, label
from harness.case import FIXTURES, case, fixture
from harness.paths import Failure
from harness.pools import InitMachine
from harness.run import run
from harness.small import SmallMachine

NEEDS = ["lab", "init_pools", "init_ramdisk", "other_formats"]


def damaged_labels(path):
    """A pool of which no label verifies, though each still looks like one."""
    golden.unpack("foreign-exported", path)
    vdev = damage.vdevs_of(path)[0]
    with open(path, "r+b") as f:
        for n in range(4):
            f.seek(vdev.label(n)[0] + label.PHYS_OFFSET + 200)
            f.write(b"\xa5" * 64)
    return path


def ghost(own, path):
    """The stick's own labels at the end of a disk that is now ext4."""
    start, size = image.zfs_partition(own)
    run("dd", f"if={own}", f"of={path}", "bs=1M", "iflag=skip_bytes,count_bytes", f"skip={start}", f"count={size}", "conv=sparse")
    run("/usr/sbin/mkfs.ext4", "-q", "-F", "-E", "nodiscard", path)
    with open(path, "rb") as f:
        for base in label.label_offsets(size)[2:]:
            f.seek(base + label.PHYS_OFFSET)
            label.decode(f.read(label.PHYS_SIZE))  # fails if mkfs took it away
    return path


# LVM and MD need a kernel, not only a file: in the lab, with this machine's programs.
FORMATS = """
tar xf tools.tar -C /tmp
for m in $(cat /tmp/tools/modules); do insmod /tmp/tools/$m; done
host() { program=$1; shift; /tmp/tools/lib/ld-linux-x86-64.so.2 --library-path /tmp/tools/lib /tmp/tools/$program "$@"; }
lvm() { host lvm "$@" --config 'devices{use_devicesfile=0} global{event_activation=0} activation{udev_sync=0 udev_rules=0}'; }
mkdir -p /run/lvm /run/lock /etc/lvm
lvm pvcreate -y /dev/vdc
lvm vgcreate vg0 /dev/vdc
lvm lvcreate -y -l 4 -an -Zn -Wn -n root vg0
lvm pvs
host mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 /dev/vdd missing
echo "kept by MD" | dd of=/dev/md0 conv=fsync 2>/dev/null
host mdadm --stop /dev/md0
"""


def make_tools(path):
    """A tar with lvm, mdadm, their libraries and the kernel's modules for them."""
    top = path.with_suffix("") / "tools"
    shutil.rmtree(top.parent, ignore_errors=True)
    (top / "lib").mkdir(parents=True)
    root = pathlib.Path("/")
    for name in elf.with_libraries(root, ["usr/sbin/lvm", "usr/sbin/mdadm"]):
        shutil.copy(root / name, top if "sbin/" in name else top / "lib")
    tree = FIXTURES["tree"].value()
    modules = tree / "usr/lib/modules" / lab.kernel_version(tree)
    order = elf.with_modules(modules, ["dm_mod", "md_mod", "raid1"])
    for module in order:
        shutil.copy(modules / module, top)
    run("xz", "-d", *[top / module.split("/")[-1] for module in order])
    (top / "modules").write_text("\n".join(m.split("/")[-1].removesuffix(".xz") for m in order) + "\n")
    run("tar", "cf", path, "-C", top.parent, "tools")
    shutil.rmtree(top.parent)
    return path


def make_windows(path):
    """NTFS in a partition as Windows has it."""
    start, size = 1 << 20, 24 << 20
    part = path.with_suffix(".ntfs")
    run("truncate", "-s", str(size), part)
    run("/usr/sbin/mkntfs", "-Q", "-F", "-q", "-p", str(start >> 9), "-s", "512", "-L", "Windows", part)
    run("truncate", "-s", str(size + 2 * start), path)
    run("/usr/sbin/sgdisk", "-n", f"1:{start >> 9}:{((start + size) >> 9) - 1}", "-t", "1:0700", path)
    run("dd", f"if={part}", f"of={path}", "bs=1M", "seek=1", "conv=notrunc")
    part.unlink()


@fixture("other_formats", needs=["lab", "tree"], inputs=[__file__])
def make_other_formats(path):
    """The folder with luks.img, lvm.img, md.img and windows.img, by the programs that people use."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for name in ("luks", "lvm", "md"):
        run("truncate", "-s", "32M", path / f"{name}.img")
    cheap = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    run("/usr/sbin/cryptsetup", "luksFormat", "-q", "--type", "luks2", *cheap, path / "luks.img", "-", input=b"secret")
    make_windows(path / "windows.img")
    job = types.SimpleNamespace(dir=path, firmware=None)
    disks = [path / "lvm.img", path / "md.img"]
    lab.run_job(job, FIXTURES["lab"].value(), FORMATS, disks, [make_tools(path / "tools.tar")])
    magics = {"luks": (0, b"LUKS\xba\xbe"), "lvm": (512, b"LABELONE"), "md": (4096, b"\xfc\x4e\x2b\xa9"), "windows": ((1 << 20) + 3, b"NTFS")}
    for name, (at, magic) in magics.items():
        with open(path / f"{name}.img", "rb") as f:
            f.seek(at)
            if f.read(len(magic)) != magic:
                raise Failure(f"{name}.img does not begin like one")
    return path


def noise(path):
    with open(path, "wb") as f:
        f.write(random.Random(8).randbytes(16 << 20))
    return path


def attach_unreadable(m, path):
    """Each read of it fails."""
    node = f"driver=blkdebug,node-name=unreadable,image.driver=file,image.filename={path}"
    node += ",inject-error.0.event=none,inject-error.0.iotype=read,inject-error.0.errno=5"
    m.argv += ["-blockdev", node, "-device", "scsi-hd,bus=s.0,drive=unreadable"]


def fall_silent(m, name):
    """From now on the drive gives a byte a second, after one more read."""
    m.qmp("block_set_io_throttle", device=name, bps=1, bps_rd=0, bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


def other_guids(source, path):
    """A dd copy of which somebody has then changed the GUIDs of the partition table."""
    run("/usr/sbin/sgdisk", "-G", image.copy(source, path))
    return path


# Disks that somebody has, each by what makes its image of the stick's folder of pools.
PLAIN = {
    "same-name-in-use": lambda t, path: golden.unpack("foreign-inuse", path),
    "damaged-labels": lambda t, path: damaged_labels(path),
    "ghost-labels": lambda t, path: ghost(t.init_pools / "own.img", path),
    "detached-half": lambda t, path: image.copy(t.init_pools / "half.img", path),
    "detached-while-away": lambda t, path: image.copy(t.init_pools / "away.img", path),
    "copy-from-before-detach": lambda t, path: image.copy(t.init_pools / "older.img", path),
    "older-copy": lambda t, path: image.copy(t.init_pools / "earlier.img", path),
    "older-copy-other-guids": lambda t, path: other_guids(t.init_pools / "earlier.img", path),
    "copy-other-guids": lambda t, path: other_guids(t.init_pools / "own.img", path),
    "luks": lambda t, path: image.copy(t.other_formats / "luks.img", path),
    "lvm": lambda t, path: image.copy(t.other_formats / "lvm.img", path),
    "md": lambda t, path: image.copy(t.other_formats / "md.img", path),
    "windows": lambda t, path: image.copy(t.other_formats / "windows.img", path),
}
FAULTY = ("unreadable", "silent-virtio", "silent-scsi")


def loader_names(disk):
    """What the loader would say of the disk that it was started from."""
    vdev = label.read_labels(disk, *image.zfs_partition(disk))[0].get("guid")
    part = run("/usr/sbin/sgdisk", "-i", "1", disk).stdout.decode().split("unique GUID: ")[1].split()[0]
    txg = max(damage.uberblocks(disk, damage.vdevs_of(disk)[0]))[0]
    return f"zlive.vdev={vdev} zlive.part={part.lower()} zlive.txg={txg}"


def check_only_own(m):
    pools = m.shell("busybox find /proc/spl/kstat/zfs -mindepth 1 -type d").split()
    if pools != ["/proc/spl/kstat/zfs/zlive"]:
        raise Failure(f"imported pools: {pools}")


def boot_beside(t, names):
    """The stick starts from its own pool beside those disks; nothing of them is imported, not a byte changes."""
    own = t.init_pools / "own.img"
    disks = {name: PLAIN[name](t, t.dir / f"{name}.img") if name in PLAIN else noise(t.dir / f"{name}.img") for name in names}
    before = {name: image.sha256(path) for name, path in disks.items()}
    with InitMachine(t, "own", "" if t.firmware else loader_names(own)) as m:
        m.argv += ["-device", "virtio-scsi-pci,id=s"]
        silent = []
        for name, path in disks.items():
            if name == "unreadable":
                attach_unreadable(m, path)
                continue
            drive = m.drive(path, snapshot=False)
            m.argv += ["-device", f"virtio-blk-pci,drive={drive}" if name == "silent-virtio" else f"scsi-hd,bus=s.0,drive={drive}"]
            silent += [drive] if name.startswith("silent") else []
        m.attach("usb-xhci", own, boot=True)
        m.start()
        if not t.firmware:
            m.expect(rb"Linux version|zlive: ", 60)
        for drive in silent:
            fall_silent(m, drive)
        m.expect(rb"zlive: importing pool 'zlive' from (sd[a-z]1)\r", 120)
        m.check_system("own")
        check_only_own(m)
        m.kill()
    changed = [name for name, path in disks.items() if image.sha256(path) != before[name]]
    if changed:
        raise Failure(f"changed: {changed}")


@case("e2e/neighbour/all-at-once", needs=NEEDS, cost=20, firmware=("uefi", "bios"))
def all_at_once(t):
    """Pools of the same name, copies and halves of its own, other formats, dying disks: it finds itself."""
    boot_beside(t, [*PLAIN, *FAULTY])


def declare(name, firmware):
    @case(f"e2e/neighbour/{name}", needs=NEEDS, cost=12, full=True, firmware=firmware)
    def one(t):
        boot_beside(t, [name])


# SeaBIOS and the loader's stage 2 have to tell these apart by themselves.
UNDER_BIOS = ("same-name-in-use", "older-copy", "copy-other-guids", "detached-while-away")
for neighbour in (*PLAIN, *FAULTY):
    declare(neighbour, ("uefi", "bios") if neighbour in UNDER_BIOS else ("uefi",))


@case("e2e/neighbour/lying-cache", needs=["cache_image", "lying_cache"], cost=22, full=True)
def cache_names_another_disk(t):
    """A zpool.cache says that the pool is on an internal disk, where another one of its name is."""
    if b"/dev/vdc2" not in t.lying_cache.read_bytes():
        raise Failure("the cache file names another disk: the test would prove nothing")
    disk = golden.unpack("foreign-inuse", t.dir / "internal.img")
    run("/usr/sbin/sgdisk", "-r", "1:2", disk)
    before = image.sha256(disk)
    with SmallMachine(t) as m:
        for _ in range(2):
            m.attach("virtio", noise(t.dir / "noise.img"))
        m.attach("virtio", disk, snapshot=False)
        m.attach("usb-xhci", t.cache_image, boot=True)
        m.use_firmware()
        m.start()
        m.expect(rb"zlive: importing pool 'zlive' from sd[a-z]2\r", 120)
        m.expect(rb"SMALL-READY", 240)
        m.shell("test -b /dev/vdc2 && test -s /etc/zfs/zpool.cache")
        check_only_own(m)
        m.check_online()
        m.kill()
    if image.sha256(disk) != before:
        raise Failure("the internal disk changed")


@case("e2e/neighbour/many", needs=["lab", "init_pools", "init_ramdisk"], cost=12, firmware=("uefi",))
def many_disks(t):
    """Of each of 60 empty disks only the blocks are read in which a label would end, but for what the kernel reads by itself."""
    n, kernel, ends = 60, 64 << 10, 20 * 512
    own = t.init_pools / "own.img"
    with InitMachine(t, "own", "" if t.firmware else loader_names(own)) as m:
        disks.attach_empty(m, n)
        m.attach("usb-xhci", own, boot=True)
        m.start()
        m.check_system("own")
        amounts = [amount for amount, _ in disks.read_counts(m, n)]
    if not all(ends <= amount <= ends + kernel for amount in amounts):
        raise Failure(f"read of the disks: {min(amounts)} to {max(amounts)} bytes")


@case("e2e/neighbour/told", needs=NEEDS, cost=10, firmware=("uefi",))
def each_is_told(t):
    """While the stick is awaited, the console says of each pool found why it is not the one."""
    said = {
        "same-name-in-use": rb"%s1: another pool, 'zlive' with GUID \d+",
        "damaged-labels": rb"%s1: [^\r]*checksum",
        "detached-half": rb"%s1: pool 'zlive' with GUID \d+, vdev \d+: no part of the pool, detached from it",
        "older-copy-other-guids": rb"%s1: pool 'zlive' with GUID \d+, vdev \d+: a copy of the disk that was booted from",
        "windows": rb"%s1: no ZFS label",
    }
    own = t.init_pools / "own.img"
    with InitMachine(t, "own", "" if t.firmware else loader_names(own)) as m:
        m.load_from(own)
        for name in said:
            m.attach("virtio", PLAIN[name](t, t.dir / f"{name}.img"))
        m.start()
        m.expect(rb"zlive: waiting for the pool with GUID \d+ \(\d+ s\): \w+ holds only a copy of the disk that was booted from", 60)
        for name, words in said.items():  # the kernel may find them in any order
            if not re.search(words % rb"vd[a-e]", m.seen):
                raise Failure(f"not said of {name}: {words.decode()}\n{m._tail()}")


def copy_beside(t, m, kind="virtio"):
    """A dd copy of the stick in the same state, with all its GUIDs, on that bus; and what to check at the end."""
    copy = image.copy(t.init_pools / "own.img", t.dir / "copy.img")
    before = image.sha256(copy)
    if kind:
        m.attach(kind, copy, snapshot=False)

    def check():
        m.kill()
        if image.sha256(copy) != before:
            raise Failure("the copy was written to")

    return check


@case("e2e/neighbour/copy-first", needs=NEEDS, cost=15, firmware=("uefi",))
def copy_answers_first(t):
    """All GUIDs and the state are the stick's, and it is there first: told by what the loader saw of the stick."""
    own = t.init_pools / "own.img"
    with InitMachine(t, "own", "" if t.firmware else f"{loader_names(own)} zlive.bus=usb") as m:
        check = copy_beside(t, m)
        if t.firmware:
            m.attach("usb-xhci", own, boot=True)
        else:
            stick = m.stick_for_later(own)
        m.start()
        if not t.firmware:
            m.expect(rb"vda1 holds only a copy of the disk that was booted from, which is on USB", 120)
            m.plug_in(stick)
        m.expect(rb"zlive: importing pool 'zlive' from (sd[a-z]1)\r", 120)
        m.check_system("own")
        check()


@case("e2e/neighbour/copies-alike", needs=NEEDS, cost=20, full=True, firmware=("uefi", "bios"))
def two_that_are_alike(t):
    """Nothing tells which one was booted from: that is asked, and neither is written to."""
    own = t.init_pools / "own.img"
    with InitMachine(t, "own", "" if t.firmware else f"{loader_names(own)} zlive.copies=2") as m:
        m.allow_menu()
        stick = image.copy(own, t.dir / "stick.img")
        before = image.sha256(stick)
        if t.firmware == "bios":  # which tells neither bus nor size
            check = copy_beside(t, m)
            m.attach("usb-xhci", stick, boot=True, snapshot=False)
        else:
            check = copy_beside(t, m, None)
            m.argv += ["-device", "qemu-xhci,id=x"]
            for port, disk in enumerate((stick, t.dir / "copy.img")):
                order = ",bootindex=0" if t.firmware and port == 0 else ""
                m.argv += ["-device", f"usb-storage,bus=x.0,port={port + 1},drive={m.drive(disk, snapshot=False)}{order}"]
        m.start()
        m.menu(rb"[\s\S]*are copies of one another", 7)
        m.wait_off(60)
        check()
    if image.sha256(stick) != before:
        raise Failure("the stick was written to")


@case("e2e/neighbour/copy-alone", needs=NEEDS, cost=30, full=True)
def one_of_two_that_are_alike(t):
    """The loader saw two; while only one is there nothing is imported, until somebody says so."""
    with InitMachine(t, "own", f"{loader_names(t.init_pools / 'own.img')} zlive.copies=2") as m:
        m.allow_menu()
        copy_beside(t, m)
        m.start()
        m.expect(rb"the loader saw 2 disks that are alike; waiting 10 s for all of them", 120)
        m.menu(rb"[\s\S]*the loader saw 2 disks with the same GUIDs, and only 1 came within 10 s: nothing tells", 2)
        m.choose(rb"1  pool 'zlive' with GUID \d+", 1)
        m.check_system("own")


@case("e2e/neighbour/copy-unseen", needs=NEEDS, cost=25, full=True, firmware=("bios",))
def loader_saw_too_little(t):
    """A BIOS showed the stick alone, and tells no bus: disks that come within seconds are awaited, then it is asked."""
    own = t.init_pools / "own.img"
    with InitMachine(t, "own") as m:
        m.allow_menu()
        m.argv += ["-device", "virtio-scsi-pci,id=s"]
        check = copy_beside(t, m, None)
        copy = m.drive(t.dir / "copy.img", snapshot=False)
        m.attach("usb-xhci", own, boot=True)
        m.start()
        m.qmp("device_add", driver="scsi-hd", bus="s.0", drive=copy, id="copy")
        m.menu(rb"[\s\S]*are copies of one another", 7)
        m.wait_off(60)
        check()
