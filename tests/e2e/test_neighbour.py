# SPDX-License-Identifier: BSD-2-Clause
"""Internal disks of all kinds: not a byte of them changes, nothing of them is imported, none holds up the boot."""

import random
import struct

from harness import damage, golden, image, label
from harness.case import case
from harness.paths import Failure
from harness.pools import InitMachine
from harness.run import run

NEEDS = ["lab", "init_pools", "init_ramdisk"]


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


def other_formats(path):
    """A disk with four partitions that begin like LUKS, LVM, MD and NTFS; noise behind that."""
    dice = random.Random(7)
    with open(path, "wb") as f:
        f.write(dice.randbytes(32 << 20))
    run("/usr/sbin/sgdisk", "-Z", path)
    run("/usr/sbin/sgdisk", "-n", "1:2048:+4M", "-n", "2:0:+4M", "-n", "3:0:+4M", "-n", "4:0:+4M", path)
    heads = {
        0: [(0, b"LUKS\xba\xbe\x00\x02" + struct.pack(">QQ", 16384, 1))],
        1: [(512, b"LABELONE" + struct.pack("<QII", 1, 0, 32) + b"LVM2 001")],
        2: [(4096, struct.pack("<III", 0xA92B4EFC, 1, 0))],
        3: [(0, b"\xebR\x90NTFS    " + struct.pack("<HB", 512, 8)), (510, b"\x55\xaa")],
    }
    with open(path, "r+b") as f:
        for i, (_, start, _) in enumerate(image.partitions(path)):
            for at, head in heads[i]:
                f.seek(start + at)
                f.write(head)
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


@case("e2e/neighbour/all-at-once", needs=NEEDS, cost=60)
def all_at_once(t):
    """Pools of the same name, copies and halves of its own, other formats, dying disks: it finds itself."""
    own = t.init_pools / "own.img"
    plain = {
        "in-use": golden.unpack("foreign-inuse", t.dir / "in-use.img"),
        "bad-labels": damaged_labels(t.dir / "bad-labels.img"),
        "ghost": ghost(own, t.dir / "ghost.img"),
        "detached-half": image.copy(t.init_pools / "half.img", t.dir / "half.img"),
        "detached-while-away": image.copy(t.init_pools / "away.img", t.dir / "away.img"),
        "older-copy": image.copy(t.init_pools / "older.img", t.dir / "older.img"),
        "formats": other_formats(t.dir / "formats.img"),
    }
    odd = {name: noise(t.dir / f"{name}.img") for name in ("unreadable", "silent-scsi", "silent-virtio")}
    before = {name: image.sha256(path) for name, path in (plain | odd).items()}
    vdev = label.read_labels(own, *image.zfs_partition(own))[0].get("guid")
    part = run("/usr/sbin/sgdisk", "-i", "1", own).stdout.decode().split("unique GUID: ")[1].split()[0]
    with InitMachine(t, "own", f"zlive.vdev={vdev} zlive.part={part.lower()} ignore_loglevel") as m:
        m.argv += ["-device", "virtio-scsi-pci,id=s"]
        silent = [m.drive(odd[name], snapshot=False) for name in ("silent-virtio", "silent-scsi")]
        m.argv += ["-device", f"virtio-blk-pci,drive={silent[0]}", "-device", f"scsi-hd,bus=s.0,drive={silent[1]}"]
        attach_unreadable(m, odd["unreadable"])
        drives = [m.drive(path, snapshot=False) for path in plain.values()] + [m.drive(own)]
        for drive in drives:
            m.argv += ["-device", f"scsi-hd,bus=s.0,drive={drive}"]
        m.start()
        m.expect(rb"Linux version", 60)
        for drive in silent:
            fall_silent(m, drive)
        m.expect(rb"zlive: importing pool 'zlive' from sd[a-z]1\r", 120)
        m.check_system("own")
        pools = m.shell("busybox find /proc/spl/kstat/zfs -mindepth 1 -type d").split()
        if pools != ["/proc/spl/kstat/zfs/zlive"]:
            raise Failure(f"imported pools: {pools}")
        m.kill()
    changed = [name for name, path in (plain | odd).items() if image.sha256(path) != before[name]]
    if changed:
        raise Failure(f"changed: {changed}")
