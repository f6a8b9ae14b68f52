# SPDX-License-Identifier: BSD-2-Clause
"""The reader on pools that OpenZFS made: all that it lists and reads is what OpenZFS read there."""

import hashlib
import json
import lzma
import shutil

from harness import manifest
from harness.case import case
from harness.paths import GOLDEN, Failure
from harness.run import zlive

# Inode numbers are OpenZFS's object numbers, so they must be equal, too.
COMPARED = [*manifest.KEPT, "ino", "atime", "ctime"]
LETTERS = {
    "file": "f",
    "directory": "d",
    "symlink": "l",
    "char": "c",
    "block": "b",
    "fifo": "p",
    "socket": "s",
}


def raw(entry, key):
    """A name as treetool writes it: one character per byte."""
    if key + "_hex" in entry:
        return bytes.fromhex(entry[key + "_hex"]).decode("latin1")
    return entry[key].encode().decode("latin1")


def as_manifest(entry):
    """An object of `zlive ls --json` in the words of a manifest."""
    kind = LETTERS[entry["type"]]
    e = {
        "path": raw(entry, "path"),
        "type": kind,
        "mode": f"{entry['mode'] & 0o7777:04o}",
        "uid": entry["uid"],
        "gid": entry["gid"],
        "ino": entry["object"],
        "xattrs": entry["xattrs"],
    }
    for key in ("atime", "mtime", "ctime"):
        e[key] = f"{entry[key][0]}.{entry[key][1]:09d}"
    if kind != "d":
        e["nlink"] = entry["links"]
    if kind in "cb":
        e["rdev"] = f"{entry['rdev_major']}:{entry['rdev_minor']}"
    if kind == "l":
        e["target"] = raw(entry, "target")
    if kind == "f":
        e["size"] = entry["size"]
    return e


def read_tree(img, dataset):
    """A whole file system or snapshot, contents included."""
    listing = json.loads(zlive("ls", "-lR", "--json", "-d", img, dataset).stdout)
    found = {}
    for entry in listing:
        e = as_manifest(entry)
        if e["type"] == "f":
            target = f"{dataset}:/".encode() + e["path"].encode("latin1")
            content = zlive("cat", "-d", img, target).stdout if e["size"] else b""
            if len(content) != e["size"]:
                raise Failure(f"{e['path']!r}: cat gave {len(content)} bytes of {e['size']}")
            e["sha256"] = hashlib.sha256(content).hexdigest()
        found[e["path"]] = e
    return found


def check_datasets(img, golden):
    """The list of datasets and what it says of each, against OpenZFS's own properties."""
    facts = {}
    for name, key, value, _ in golden["properties"]:
        facts.setdefault(name, {})[key] = value
    wanted = {n: f for n, f in facts.items() if f["type"] in ("filesystem", "volume", "snapshot")}
    listed = {d["name"]: d for d in json.loads(zlive("ls", "--json", "-d", img).stdout)}
    if set(listed) != set(wanted):
        raise Failure(f"datasets that only one side has: {sorted(set(listed) ^ set(wanted))}")
    for name, f in wanted.items():
        d = listed[name]
        for key, value in (
            ("type", f["type"]),
            ("guid", int(f["guid"])),
            ("creation", int(f["creation"])),
            ("createtxg", int(f["createtxg"])),
            ("referenced", int(f["referenced"])),
            ("encrypted", f["encryption"] != "off"),
            ("bootfs", name == golden["pool"]["bootfs"]),
        ):
            if d[key] != value:
                raise Failure(f"{name}: {key} is {d[key]}, not {value}")
        # The lab imported the pool below /mnt/tank, which shows in what it printed.
        if f["type"] == "filesystem":
            mountpoint = f["mountpoint"].removeprefix("/mnt/tank") or "/"
            if d["mountpoint"] != mountpoint:
                raise Failure(f"{name}: mountpoint is {d['mountpoint']}, not {mountpoint}")


def check_scan(img, golden):
    pools = json.loads(zlive("scan", "--json", "-d", img).stdout)
    if str(pools[0]["pool_guid"]) != golden["pool"]["guid"]:
        raise Failure(f"scan: {pools}")
    return pools[0]["state"]


def declare(name):
    @case(f"interop/reader/{name}", cost=15)
    def equals_openzfs(t):
        with lzma.open(GOLDEN / f"{name}.json.xz", "rt") as f:
            golden = json.load(f)
        img = t.dir / "disk.img"
        with lzma.open(GOLDEN / f"{name}.img.xz") as src, open(img, "wb") as dst:
            shutil.copyfileobj(src, dst, 1 << 20)
        # Reading the manifest in a pool that was then left as it was moved access times on.
        left_in_use = check_scan(img, golden) != "exported"
        kept = [k for k in COMPARED if k != "atime"] if left_in_use else COMPARED
        check_datasets(img, golden)
        for dataset, entries in golden["datasets"].items():
            try:
                expected, found = manifest.parse(entries), read_tree(img, dataset)
                if "@" in dataset:
                    # OpenZFS shows the root of a mounted snapshot with an inode number of its own.
                    expected[""]["ino"] = found[""]["ino"]
                manifest.compare(expected, found, kept)
            except Failure as e:
                raise Failure(f"{dataset}: {e}") from None
        img.unlink()


# What the reader is to refuse by its name; it has cases of its own.
REFUSED = {"raidz"}

for golden_pool in sorted(GOLDEN.glob("*.img.xz")):
    if golden_pool.name.removesuffix(".img.xz") not in REFUSED:
        declare(golden_pool.name.removesuffix(".img.xz"))


@case("interop/reader/vdev-refused-by-name", cost=5)
def vdev_refused_by_name(t):
    """A kind of vdev that it does not know is named; which pool that is, scan still tells."""
    img = t.dir / "disk.img"
    with lzma.open(GOLDEN / "raidz.img.xz") as src, open(img, "wb") as dst:
        shutil.copyfileobj(src, dst, 1 << 20)
    for command in (["ls"], ["ls", "tank"], ["cat", "tank:/text"]):
        done = zlive(command[0], "-d", img, *command[1:], ok=(1,))
        if "raidz" not in done.stderr.decode():
            raise Failure(f"{command}: {done.stderr.decode()}")
    labels = json.loads(zlive("scan", "--json", "-d", img).stdout)
    if [entry["pool"] for entry in labels] != ["tank"] * 3:
        raise Failure(f"scan: {labels}")
