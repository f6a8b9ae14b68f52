# SPDX-License-Identifier: BSD-2-Clause
"""The reader on pools that OpenZFS made: all that it lists and reads is what OpenZFS read there."""

import hashlib
import json

from harness import golden as pools
from harness import lab, manifest
from harness.case import case
from harness.paths import Failure
from harness.run import run, zlive

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


class Pool:
    """A golden pool, unpacked, and what OpenZFS said of it."""

    def __init__(self, t, name):
        self.golden = pools.load(name)
        self.img = pools.unpack(name, t.dir / "disk.img")
        takes_keys = b"--key-file" in zlive("ls", "--help").stdout
        self.keys = pools.write_keys(self.golden, t.dir) if takes_keys else []

    def zlive(self, command, *argv, **kwargs):
        return zlive(command, "-d", self.img, *self.keys, *argv, **kwargs)


def digest(pool, target, size, *options):
    content = pool.zlive("cat", *options, target).stdout if size else b""
    if len(content) != size:
        raise Failure(f"{target!r}: cat gave {len(content)} bytes of {size}")
    return hashlib.sha256(content).hexdigest()


def check_redacted(pool, target):
    """OpenZFS has no contents for a part of it, and nor may the reader pretend that it has."""
    if pool.zlive("cat", target, ok=(1,)).returncode != 1:
        raise Failure(f"{target!r}: cat succeeds where data was redacted")


def read_contents(pool, dataset, e, wanted):
    """Adds to e what a manifest says of a file's contents."""
    target = f"{dataset}:/".encode() + e["path"].encode("latin1")
    if "extents" in wanted:
        e["extents"] = [
            [at, n, digest(pool, target, n, "--offset", str(at), "--length", str(n))]
            for at, n, _ in wanted["extents"]
        ]
    elif wanted.get("sha256", "") is None:
        check_redacted(pool, target)
        e["sha256"] = None
    else:
        e["sha256"] = digest(pool, target, e["size"])


def read_tree(pool, dataset, expected):
    """A whole file system or snapshot, contents included."""
    listing = json.loads(pool.zlive("ls", "-lR", "--json", dataset).stdout)
    found = {}
    for entry in listing:
        e = as_manifest(entry)
        if e["type"] == "f":
            read_contents(pool, dataset, e, expected.get(e["path"], {}))
        found[e["path"]] = e
    return found


def check_tree(pool, dataset, entries, kept):
    expected = manifest.parse(entries)
    found = read_tree(pool, dataset, expected)
    if "@" in dataset:
        # OpenZFS shows the root of a mounted snapshot with an inode number of its own.
        expected[""]["ino"] = found[""]["ino"]
    manifest.compare(expected, found, kept)


def check_volumes(pool):
    for name, wanted in pool.golden.get("volumes", {}).items():
        if digest(pool, name, wanted["size"]) != wanted["sha256"]:
            raise Failure(f"{name}: other contents than OpenZFS read")


def check_datasets(pool):
    """The list of datasets and what it says of each, against OpenZFS's own properties."""
    facts, golden = {}, pool.golden
    for name, key, value, _ in golden["properties"]:
        facts.setdefault(name, {})[key] = value
    wanted = {n: f for n, f in facts.items() if f["type"] in ("filesystem", "volume", "snapshot")}
    listed = {d["name"]: d for d in json.loads(pool.zlive("ls", "--json").stdout)}
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


def check_scan(pool):
    """The labels are of this pool. Returns the states that they tell."""
    labels = json.loads(zlive("scan", "--json", "-d", pool.img).stdout)
    labels = [label for label in labels if label["state"] not in ("spare", "cache")]
    if not labels or {str(label["pool_guid"]) for label in labels} != {pool.golden["pool"]["guid"]}:
        raise Failure(f"scan: {labels}")
    return {label["state"] for label in labels}


def declare(name):
    @case(f"interop/reader/{name}", cost=2)
    def equals_openzfs(t):
        pool = Pool(t, name)
        # Reading the manifest in a pool that was then left as it was moved access times on.
        left_in_use = check_scan(pool) == {"in use"}
        kept = [k for k in COMPARED if k != "atime"] if left_in_use else COMPARED
        check_datasets(pool)
        wrong = []
        for dataset, entries in pool.golden["datasets"].items():
            # Its key cannot be given as long as the commands do not take one.
            if not pool.keys and dataset.split("@")[0] in pool.golden.get("keys", {}):
                continue
            try:
                check_tree(pool, dataset, entries, kept)
            except Failure as e:
                wrong.append(f"{dataset}: {e}")
        check_volumes(pool)
        if wrong:
            raise Failure(f"{len(wrong)} of {len(pool.golden['datasets'])} datasets:\n" + "\n".join(wrong[:3]))
        pool.img.unlink()


def source_as_zfs_tells(name, p):
    if p["source"] != name:
        return f"inherited from {p['source']}"
    return "received" if p["received"] else "local"


def check_properties(pool):
    """All that is set or inherited, with value and source as `zfs get` printed them."""
    listed = {d["name"]: d for d in json.loads(pool.zlive("ls", "--json").stdout)}
    wanted = 0
    for name, key, value, source in pool.golden["properties"]:
        # What the lab's import put on top, and what is no property of the dataset.
        if name not in listed or source in ("-", "default", "none", "temporary") or key in ("mountpoint", "volsize"):
            continue
        p = listed[name]["properties"].get(key)
        found = (raw(p, "value"), source_as_zfs_tells(name, p)) if p else None
        if found != (value, source):
            raise Failure(f"{name}: {key} is {found}, not {value}, {source}")
        wanted += 1
    if wanted == 0:
        raise Failure("no property was compared")


@case("interop/reader/properties-and-sources", cost=5)
def properties_and_sources(t):
    check_properties(Pool(t, "properties"))


# What the reader is to refuse by its name; it has cases of its own.
REFUSED = {"unknown-feature", "destroyed"}

for golden_pool in pools.names():
    if golden_pool not in REFUSED:
        declare(golden_pool)


def check_refused(t, name, word):
    """All that reads says word, which names what it cannot read; which pool that is, scan tells."""
    pool = Pool(t, name)
    for command in (["ls"], ["ls", "tank"], ["cat", "tank:/text"]):
        done = pool.zlive(*command, ok=(1,))
        if word not in done.stderr.decode():
            raise Failure(f"{command}: {done.stderr.decode()}")
    check_scan(pool)


@case("interop/reader/feature-refused-by-name", cost=5)
def feature_refused_by_name(t):
    """One that is active stops the reader; one that is only enabled would not."""
    check_refused(t, "unknown-feature", "org.example:from_the_future")


@case("interop/reader/destroyed", cost=5)
def destroyed(t):
    """A pool that its owner destroyed is not among those to read, but can still be found."""
    pool = Pool(t, "destroyed")
    if check_scan(pool) != {"destroyed"}:
        raise Failure("scan does not tell that the pool is destroyed")
    done = pool.zlive("ls", ok=(1,))
    if b"no pool" not in done.stderr:
        raise Failure(f"ls: {done.stderr.decode()}")


@case("interop/reader/keys", cost=5)
def keys(t):
    """Without a key names and sizes are read, files are not; a wrong one is called wrong."""
    pool = Pool(t, "datasets")
    key = t.dir / "key"

    def cat(name, *options, ok):
        return zlive("cat", "-d", pool.img, *options, f"{name}:/file", ok=ok)

    listed = {d["name"]: d for d in json.loads(zlive("ls", "--json", "-d", pool.img).stdout)}
    if not listed["tank/secret"]["encrypted"] or not listed["tank/secret"]["referenced"]:
        raise Failure(f"tank/secret: {listed['tank/secret']}")
    for text, word in ((None, "tank/secret with --key-file"), (b"wrongwrong\n", "wrong passphrase")):
        options = []
        if text:
            key.write_bytes(text)
            options = ["--key-file", key]
        done = cat("tank/secret", *options, ok=(1,))
        if word not in done.stderr.decode():
            raise Failure(f"key {text}: {done.stderr.decode()}")
    key.write_bytes(b"secretsecret\n")
    for option in (key, f"tank/secret={key}"):
        for name in ("tank/secret", "tank/secret@all"):
            if cat(name, "--key-file", option, ok=(0,)).stdout != b"hidden\n":
                raise Failure(f"{name}: not what was written")
    other = cat("tank/secret", "--key-file", f"tank/other={key}", ok=(1,))
    if "tank/secret with --key-file" not in other.stderr.decode():
        raise Failure(f"a key for another dataset: {other.stderr.decode()}")


MILLION = """
zpool create -R /mnt/tank tank /dev/vdc1
mkdir /mnt/tank/tank/dir
treetool links /mnt/tank/tank/dir 1000000 e-
zpool export tank
"""


@case("interop/reader/million-names", needs=["lab"], cost=400, full=True)
def million_names(t):
    """A directory of a million entries is listed whole, and names are found in it."""
    img = t.dir / "disk.img"
    run("truncate", "-s", "1G", img)
    run("sgdisk", "-n", "1:2048:0", "-t", "1:bf00", img)
    lab.run_job(t, t.lab, MILLION, [img], limit=7200)
    found = zlive("ls", "-d", img, "tank:/dir").stdout.decode().split()
    if sorted(found) != [f"e-{n:06d}" for n in range(1000000)]:
        raise Failure(f"{len(found)} names, from {found[:1]} on")
    for n in (0, 1, 499999, 999999):
        entry = json.loads(zlive("ls", "--json", "-d", img, f"tank:/dir/e-{n:06d}").stdout)[0]
        if entry["type"] != "file" or entry["links"] != 1000:
            raise Failure(f"entry {n}: {entry}")
    img.unlink()
