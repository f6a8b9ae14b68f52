# SPDX-License-Identifier: BSD-2-Clause
"""The failures that zlive exists to end: nothing that remembers a place may decide anything."""

import shutil
import struct

from harness import image, label, lab, stick
from harness.case import FIXTURES, Case, case, fixture
from harness.machine import overlay
from harness.paths import Failure
from harness.small import SmallMachine


# ---- zpool.cache in the root and in the ramdisk ----


@fixture("lying_cache", needs=["small_image", "lab"])
def make_lying_cache(path):
    """A cache file that OpenZFS wrote for the small image's pool, when it was somewhere else."""
    c = Case("fixture/lying_cache", None, ("small_image", "lab"), 0)
    copy = image.copy(FIXTURES["small_image"].value(), path.with_suffix(".img"))
    out = lab.run_job(
        c,
        FIXTURES["lab"].value(),
        """
        zpool import -d /dev -N -o cachefile=/tmp/out/zpool.cache zlive
        zpool sync
        test -s /tmp/out/zpool.cache
        """,
        [copy],
    )
    copy.unlink()
    shutil.copy(out / "zpool.cache", path)
    return path


@fixture("cache_image", needs=["lying_cache", "small_root"])
def make_cache_image(path):
    """The small image again, with the same GUIDs, the cache file in its root and its ramdisk."""
    cache = FIXTURES["lying_cache"].value()
    root = path.with_suffix(".root")
    stick.copy_tree(FIXTURES["small_root"].value(), root)
    (root / "etc/zfs").mkdir()
    shutil.copy(cache, root / "etc/zfs/zpool.cache")
    stick.make_ramdisk(root, {"etc/zfs/zpool.cache": cache})
    stick.build(root, path)
    shutil.rmtree(root)
    return path


@case("e2e/lies/zpool-cache", needs=["cache_image", "lying_cache"], cost=22, firmware=("bios",))
def cache_in_root_and_ramdisk(t):
    # The cache file is an nvlist in memory's own layout: look for what the test relies on.
    cached = t.lying_cache.read_bytes()
    lie = "/dev/vdc2"  # where the pool was in the lab
    guid = label.read_labels(t.cache_image, *image.zfs_partition(t.cache_image))[0].get("pool_guid")
    if struct.pack("<Q", guid) not in cached or lie.encode() not in cached:
        raise Failure("the cache file is not of this pool: the test would prove nothing")
    with SmallMachine(t) as m:
        m.attach("usb-xhci", t.cache_image, boot=True)
        m.boot()
        status = m.check_online()
        if lie in status:
            raise Failure(f"the pool is at {lie}, as the cache says: the test proves nothing")
        m.shell("test -s /etc/zfs/zpool.cache")


# ---- the label ----


@fixture("lying_label_image", needs=["small_image"])
def make_lying_label_image(path):
    """A copy whose labels claim to be on other devices, one of which exists."""
    image.copy(FIXTURES["small_image"].value(), path)

    def lie(nv):
        for leaf in label.leaf_vdevs(nv.get("vdev_tree")):
            leaf.set_string("path", "/dev/sda1")
            leaf.set_string("devid", "ata-QEMU_HARDDISK_QM00005-part1")
            leaf.set_string("phys_path", "pci-0000:00:1f.2-ata-3")

    label.rewrite_labels(path, *image.zfs_partition(path), lie)
    return path


def declare_label(kind, other):
    @case(f"e2e/lies/label-{kind}", needs=["lying_label_image"], cost=20, firmware=("bios",))
    def label_names_another_device(t):
        # The device that the label names is there, and is another one.
        blank = t.dir / "blank.img"
        with open(blank, "wb") as f:
            f.truncate(64 << 20)
        with SmallMachine(t) as m:
            m.attach(other, blank)
            m.attach(kind, t.lying_label_image, boot=True)
            m.boot()
            m.check_online()


declare_label("nvme", "sata")
declare_label("usb-xhci", "sata")


# ---- the port ----


@case("e2e/lies/moved-usb-to-sata", needs=["small_image"], cost=50, firmware=("bios",))
def moved_between_two_boots(t):
    disk = overlay(t.small_image, t.dir / "disk.qcow2")
    for kind in ("usb-xhci", "sata"):
        with SmallMachine(t, kind) as m:
            m.attach(kind, disk, boot=True, snapshot=False, fmt="qcow2")
            m.boot()
            m.check_online()
            m.shell(f"echo {kind} >>/etc/ports; sync")
            m.kill()  # pulled out, not shut down: what the label then says stays
    with SmallMachine(t, "back") as m:
        m.attach("usb-hub", disk, boot=True, snapshot=False, fmt="qcow2")
        m.boot()
        m.check_online()
        ports = m.shell("cat /etc/ports").split()
        if ports != ["usb-xhci", "sata"]:
            raise Failure(f"written in the two boots before: {ports}")
