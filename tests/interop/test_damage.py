# SPDX-License-Identifier: BSD-2-Clause
"""Damaged copies of pools that OpenZFS made: while one good copy is left, all of it reads."""

import itertools
import json
import random

from harness import golden as pools
from harness.case import case
from harness.damage import DATA, LABEL, SEED, Vdev, blocks, damaged, uberblocks, vdevs_of
from harness.paths import Failure
from harness.run import zlive

from .test_reader import COMPARED, Pool, check_datasets, check_tree, check_volumes

PLAIN = ("default", "ashift12", "stripe", "mirror")  # disks and mirrors
FILE_DATA = {19, 23}  # object types: contents of files and volumes, of which there may be one copy


def check_all(pool, what):
    """Everything is as OpenZFS read it in the whole pool."""
    try:
        check_datasets(pool)
        for dataset, entries in pool.golden["datasets"].items():
            check_tree(pool, dataset, entries, [k for k in COMPARED if k != "atime"])
        check_volumes(pool)
    except Failure as e:
        raise Failure(f"{what} (noise of seed {SEED}): {e}") from None


def survived(pool, *argv):
    """What the reader says of the faults that it met while it looked for the datasets, or files."""
    err = pool.zlive("ls", "--json", *argv).stderr.decode()
    return json.loads(err.splitlines()[-1])["survived"] if err else []


def expect_told(pool, what, n):
    """n faults or more are reported, each with the device."""
    told = survived(pool)
    if len(told) < n or any("disk.img" not in fault["object"] for fault in told):
        raise Failure(f"{what}: {told}")


def expect_devices(pool, lost):
    """Faults are told with the device: by verify of all that is in use there, by ls of what it met."""
    damage = json.loads(pool.zlive("verify", "--json", ok=(0, 1)).stdout)[0]["damage"]
    # The reserve of a spare may lie on a device, and nothing else. What ls reads may have all its first copies elsewhere.
    found = {bad["device"] for d in damage for bad in d["bad_copies"]}
    told = {fault["object"] for fault in survived(pool, "-lR", "tank")}
    if (damage and not found) or not found | told <= {f"{pool.img}#{i + 1}" for i in lost}:
        raise Failure(f"devices {lost} (from 0) have bad sectors, told is {told} and, by verify, {found}")


@case("interop/damage/labels", cost=5)
def labels(t):
    """Any label may be gone, and so may all of a device but one."""
    for name in ("default", "mirror"):
        pool = Pool(t, name)
        for i, vdev in enumerate(vdevs_of(pool.img)):
            for n in range(4):
                with damaged(pool.img, [vdev.label(n)]):
                    check_all(pool, f"{name}: label {n} of device {i}")
                    if n == 0:
                        expect_told(pool, f"{name}: label 0 of device {i}", 1)
    for name in ("default", "stripe"):
        pool = Pool(t, name)
        vdevs = vdevs_of(pool.img)
        for keep in range(4):
            gone = [vdev.label(n) for vdev in vdevs for n in range(4) if n != keep]
            with damaged(pool.img, gone, noise=keep % 2 == 0):
                check_all(pool, f"{name}: only label {keep} of each device is left")


def copy_part(img, vdev, to, size=None):
    """The vdev as an image of its own, cut or made longer."""
    with open(img, "rb") as src, open(to, "wb") as dst:
        src.seek(vdev.start)
        dst.write(src.read(min(vdev.size, size or vdev.size)))
        dst.truncate(size or vdev.size)
    return to


@case("interop/damage/sizes", cost=5)
def sizes(t):
    """A vdev on a device that is larger or smaller than the one it was made on."""
    pool = Pool(t, "default")
    whole, vdev = pool.img, vdevs_of(pool.img)[0]
    pool.img = t.dir / "part.img"
    usual = vdev.size // LABEL * LABEL
    for size in (usual, usual + LABEL - 512, usual + LABEL, usual + (3 << 20) + 512, usual + (200 << 20)):
        copy_part(whole, vdev, pool.img, size)
        check_all(pool, f"a device of {size} bytes instead of {vdev.size}")
        front = [Vdev(0, usual).label(n) for n in (0, 1)]
        if size < usual + 16 * LABEL:
            with damaged(pool.img, front):
                check_all(pool, f"the same, front labels gone ({size} bytes)")
        # What says where the rear labels are is label 1; what they alone have is the ring.
        rings = [(at + length // 2, length // 2) for at, length in front]
        with damaged(pool.img, [front[0], *rings]):
            check_all(pool, f"the same, no uberblock in front ({size} bytes)")
    for lost in (512, LABEL, 2 * LABEL):
        copy_part(whole, vdev, pool.img, usual - lost)
        check_all(pool, f"a device that lost its last {lost} bytes")


@case("interop/damage/another-pool-behind", cost=5)
def another_pool_behind(t):
    """An image written to the front of a device whose old pool's rear labels are whole."""
    pool = Pool(t, "default")
    old = pools.unpack("zaps", t.dir / "old.img")
    vdev, other = vdevs_of(pool.img)[0], vdevs_of(old)[0]
    copy_part(pool.img, vdev, t.dir / "new.img")
    img = copy_part(old, other, t.dir / "device.img", max(vdev.size, other.size) // LABEL * LABEL)
    with open(t.dir / "new.img", "rb") as src, open(img, "r+b") as dst:
        dst.write(src.read(vdev.size // LABEL * LABEL - 2 * LABEL))
        if other.size < vdev.size:
            raise Failure("the old pool does not reach behind the new one")
    pool.img = img
    check_all(pool, "rear labels of another pool")


@case("interop/damage/uberblocks", cost=3)
def newest_uberblocks(t):
    """Without the newest uberblock, or its tree, the one before it serves."""
    for name in PLAIN:
        pool = Pool(t, name)
        found = [u for vdev in vdevs_of(pool.img) for u in uberblocks(pool.img, vdev)]
        txgs = sorted({txg for txg, _, _ in found}, reverse=True)
        with damaged(pool.img, [(at, n) for txg, at, n in found if txg == txgs[0]]):
            check_all(pool, f"{name}: no uberblock of txg {txgs[0]}")
        # The root of the MOS, in all its copies.
        roots = [b for b in blocks(pool.img) if b[0] == 11 and b[2] == 3]
        newest = [(b[5], b[6]) for b in roots if b[1] == 0]
        with damaged(pool.img, newest):
            if not any("txg" in fault["reason"] for fault in survived(pool)):
                raise Failure(f"{name}: not told that an older state is shown")


@case("interop/damage/oldest-uberblocks", cost=10)
def oldest_uberblocks(t):
    """What an old uberblock shows when it is the only one is what --txg shows of the whole pool."""
    pool = Pool(t, "default")
    found = uberblocks(pool.img, vdevs_of(pool.img)[0])
    txgs = sorted({txg for txg, _, _ in found})
    if len(txgs) < 4:
        raise Failure(f"too few uberblocks: {txgs}")
    shown = 0
    for left in range(1, len(txgs)):
        asked = pool.zlive("ls", "--json", "--txg", str(txgs[left - 1]), ok=(0, 1))
        with damaged(pool.img, [(at, n) for txg, at, n in found if txg >= txgs[left]]):
            alone = pool.zlive("ls", "--json", ok=(0, 1))
        if (asked.returncode, asked.stdout) != (alone.returncode, alone.stdout):
            raise Failure(f"txg {txgs[left - 1]}: {asked} as against {alone}")
        shown += asked.returncode == 0
    if shown < 2:
        raise Failure("hardly any old state could be shown")


def metadata(img):
    return sorted(b for b in blocks(img) if b[2] > 1 and (b[0] not in FILE_DATA or b[1] > 0))


@case("interop/damage/metadata-copies", cost=10)
def metadata_copies(t):
    """Of each metadata block one copy is enough, whichever."""
    for name in ("default", "ashift12", "stripe", "copies", "zaps", "xattrs"):
        pool = Pool(t, name)
        found = metadata(pool.img)
        if len(found) < 40:
            raise Failure(f"{name}: only {len(found)} copies of metadata are known")
        first = [(b[5], b[6]) for b in found if b[3] == 0]
        with damaged(pool.img, first):
            check_all(pool, f"{name}: no first copy of {len(first)} blocks")
            expect_told(pool, f"{name}: no first copies", 3)
        last = [(b[5], b[6]) for b in found if b[3] != b[2] - 1]
        with damaged(pool.img, last, noise=False):
            check_all(pool, f"{name}: only the last copy of each block is left")


@case("interop/damage/each-metadata-block", cost=5, full=True)
def each_metadata_block(t):
    """The first copy of each metadata block by itself."""
    pool = Pool(t, "default")
    for b in metadata(pool.img):
        if b[3] == 0:
            with damaged(pool.img, [(b[5], b[6])]):
                check_all(pool, f"a block of type {b[0]}, level {b[1]} at {b[5]}")


# What a mirror's and a raid's devices may lose: how many whole ones at a time.
REDUNDANCY = {
    "raidz1": 1,
    "raidz2": 2,
    "raidz3": 3,
    "expanded": 1,
    "draid1": 1,
    "draid2": 2,
    "draid3": 3,
}


def losses(name, n, limit):
    """Sets of devices that may be lost together; some of them where there are many."""
    all_sets = list(itertools.combinations(range(n), REDUNDANCY[name]))
    random.Random(SEED).shuffle(all_sets)
    return all_sets[:limit]


def check_devices(t, name, limit):
    pool = Pool(t, name)
    vdevs = vdevs_of(pool.img)
    for lost in losses(name, len(vdevs), limit):
        with damaged(pool.img, [vdevs[i].whole() for i in lost], noise=False):
            check_all(pool, f"{name}: devices {lost} are gone")
    for lost in losses(name, len(vdevs), limit):
        with damaged(pool.img, [vdevs[i].data() for i in lost]):
            check_all(pool, f"{name}: noise on devices {lost}, their labels whole")
            expect_devices(pool, lost)


def check_columns(t, name, every, devices=None):
    """One bad sector in every so many bytes, of one device after the other."""
    pool = Pool(t, name)
    vdevs = vdevs_of(pool.img)
    for i in sorted(random.Random(SEED + every).sample(range(len(vdevs)), devices or len(vdevs))):
        start, length = vdevs[i].data()
        bad = [(at, 512) for at in range(start + i * 512, start + length, every)]
        with damaged(pool.img, bad):
            check_all(pool, f"{name}: a bad sector every {every} bytes of device {i}")


def declare(name):
    @case(f"interop/damage/devices-{name}", cost=4)
    def devices(t):
        check_devices(t, name, 1)

    @case(f"interop/damage/all-devices-{name}", cost=30, full=True)
    def all_devices(t):
        check_devices(t, name, 40)

    @case(f"interop/damage/columns-{name}", cost=3)
    def columns(t):
        check_columns(t, name, 64 << 10, 3)

    @case(f"interop/damage/more-columns-{name}", cost=15, full=True)
    def more_columns(t):
        for every in (4096, 10240, 37 << 10, 64 << 10):
            check_columns(t, name, every)


for damaged_pool in pools.names():
    if damaged_pool in REDUNDANCY:
        declare(damaged_pool)


@case("interop/damage/mirror-side", cost=8)
def mirror_side(t):
    """A stale side may go; with nothing else it is read as what it is, an older state."""
    pool = Pool(t, "mirror")
    stale, fresh = vdevs_of(pool.img)
    with damaged(pool.img, [stale.whole()], noise=False):
        check_all(pool, "the stale side is gone")
    with damaged(pool.img, [(fresh.start + DATA, 16 << 20)]):
        # Blocks of before the side went away, on the fresh one: the stale one still has them.
        if not survived(pool):
            raise Failure("noise on the fresh side, and nothing is told")
    with damaged(pool.img, [fresh.whole()], noise=False):
        paths = {e["path"] for e in json.loads(pool.zlive("ls", "-R", "--json", "tank").stdout)}
        if "before" not in paths or "after" in paths:
            raise Failure(f"the stale side alone shows {sorted(paths)}")


@case("interop/damage/checkpoint", cost=5)
def checkpoint(t):
    """--checkpoint without one is refused by its name."""
    pool = Pool(t, "default")
    err = zlive("ls", "--checkpoint", "-d", pool.img, ok=(1,)).stderr.decode()
    if "checkpoint" not in err:
        raise Failure(err)
