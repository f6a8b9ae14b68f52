# SPDX-License-Identifier: BSD-2-Clause
"""NFSv4 ACLs: those that OpenZFS stored for modes, and those of a pool where it was told others."""

import io
import json
import tarfile

from harness import golden as pools
from harness.case import case
from harness.paths import ACLS, Failure
from harness.run import run, zlive

LETTERS = "rwxpdDaARWcCos"


def entry(who, letters, kind):
    return f"{who}:{''.join(c for c in LETTERS if c in letters)}::{kind}"


def acl_of_mode(mode, directory):
    """What the NFSv4 ACL draft makes of a mode, and OpenZFS stores for every file."""

    def data(rwx):
        return "r" * (rwx >> 2) + ("wpD" if directory else "wp") * (rwx >> 1 & 1) + "x" * (rwx & 1)

    u, g, o = mode >> 6 & 7, mode >> 3 & 7, mode & 7
    acl = [
        entry(who, data(rwx), kind)
        for who, rwx, kind in (
            ("owner@", u & ~g & o, "allow"),
            ("owner@", ~u & (g | o), "deny"),
            ("group@", ~g & o, "deny"),
        )
        if rwx
    ]
    acl.append(entry("owner@", "aARWcCos" + data(u), "allow"))
    acl.append(entry("group@", "aRcs" + data(g), "allow"))
    acl.append(entry("everyone@", "aRcs" + data(o), "allow"))
    return acl


def listing(img, dataset):
    return json.loads(zlive("ls", "-lR", "--json", "-d", img, dataset).stdout)


def all_acls(img, dataset, entries):
    """{object: (whether it is trivial, entries)}, whatever they say."""
    objects = "".join(f"{e['object']}\n" for e in entries)
    found = {}
    for line in run(ACLS, img, dataset, input=objects.encode()).stdout.decode().splitlines():
        number, what, text = line.split(" ")
        found[int(number)] = what == "trivial", text.split(",")
    return found


def acls_of(e, posix, old):
    """What may be stored for a file; more than one ACL only where POSIX ACLs are on."""
    mode = e["mode"] & 0o777
    # There the umask, or setfacl, changes the mode behind the stored ACL's back.
    modes = [m for m in range(0o1000) if m & mode == mode] if posix else [mode]
    # OpenZFS 2.1 lets files delete children, too, but not when their modes are changed.
    kinds = {e["type"] == "directory", old or e["type"] == "directory"}
    return [acl_of_mode(m, directory) for m in modes for directory in kinds]


def check_modes(img, dataset, posix, old):
    """How many files' ACLs were what their modes say."""
    entries = listing(img, dataset)
    found = all_acls(img, dataset, entries)
    for e in entries:
        trivial, acl = found[e["object"]]
        if not trivial or acl not in acls_of(e, posix, old) or "acl" in e:
            raise Failure(f"{dataset}:/{e['path']}, mode {e['mode']:o}: {trivial}, {acl}")
    return len(entries)


def declare_modes(name):
    @case(f"interop/acl/modes-{name}", cost=2)
    def acls_of_modes(t):
        """Each file's is decoded and says what its mode says; none of them is shown."""
        golden = pools.load(name)
        img = pools.unpack(name, t.dir / "disk.img")
        posix = {n for n, key, value, _ in golden["properties"] if key == "acltype" and value == "posix"}
        encrypted = {n for n, key, value, _ in golden["properties"] if key == "encryption" and value != "off"}
        counts = [
            check_modes(img, dataset, dataset.split("@")[0] in posix, golden.get("openzfs") == "2.1")
            for dataset in golden["datasets"]
            if dataset not in encrypted
        ]
        if not counts or min(counts) < 1 or sum(counts) < 5:
            raise Failure(f"compared of each dataset: {counts}")
        img.unlink()


NAMES = [("r", 0x1), ("w", 0x2), ("x", 0x20), ("p", 0x4), ("d", 0x10000), ("D", 0x40), ("a", 0x80), ("A", 0x100)]
NAMES += [("R", 0x8), ("W", 0x10), ("c", 0x20000), ("C", 0x40000), ("o", 0x80000), ("s", 0x100000)]
FLAGS = [("f", 0x1), ("d", 0x2), ("i", 0x8), ("n", 0x4), ("S", 0x10), ("F", 0x20), ("I", 0x80)]
WHO = {0: "user", 0x40: "group", 0x1000: "owner@", 0x2040: "group@", 0x4000: "everyone@"}


def named(who, mask, flags, kind):
    """An entry as OpenZFS gives it, in the words of archives."""
    name = WHO[flags & 0x7040]
    number = f":{who}" if name in ("user", "group") else ""
    may = "".join(c for c, bit in NAMES if mask & bit)
    inherit = "".join(c for c, bit in FLAGS if flags & bit)
    return f"{name}{number}:{may}:{inherit}:{('allow', 'deny', 'audit', 'alarm')[kind]}{number}"


def told(golden):
    """{dataset: {path: ACL}} by OpenZFS, with those that say no more than a mode."""
    found = {}
    for fact in golden["facts"]:
        if fact.startswith("acl "):
            file, numbers = fact.removeprefix("acl ").rsplit(" ", 4)[0], fact.split(" ")[-4:]
            dataset, path = file.split(":/")
            acl = found.setdefault(dataset, {}).setdefault(path, [])
            acl.append(named(*(int(n, 0) for n in numbers)))
    return found


def archived(tar):
    """{path: ACL} of an archive."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as t:
        texts = {m.name.removeprefix("./"): m.pax_headers.get("SCHILY.acl.ace") for m in t}
    return {path: text.split(",") for path, text in texts.items() if text}


def check_told(img, dataset, acls):
    """What zlive lists, exports and libarchive makes of that is what OpenZFS told; how many."""
    entries = {e["path"]: e for e in listing(img, dataset)}
    stored = all_acls(img, dataset, entries.values())
    archive = zlive("export", "-d", img, dataset).stdout
    written = archived(archive)
    again = archived(run("bsdtar", "-cf", "-", "--format=pax", "@-", input=archive).stdout)
    more = 0
    for path, acl in acls.items():
        trivial, decoded = stored[entries[path]["object"]]
        shown = None if trivial else acl
        seen = [decoded, entries[path].get("acl"), written.get(path), again.get(path)]
        if seen != [acl, shown, shown, shown]:
            raise Failure(f"{dataset}:/{path}: {seen}, not {acl}")
        more += not trivial
    return more


@case("interop/acl/more-than-modes", cost=3)
def more_than_modes(t):
    """ACLs of every version of file systems, in every place."""
    golden = pools.load("nfs4acl")
    img = pools.unpack("nfs4acl", t.dir / "disk.img")
    acls = told(golden)
    objects = acls.pop("tank/objects")
    counts = {dataset: check_told(img, dataset, found) for dataset, found in acls.items()}
    # In one of them chmod took one away.
    if counts.pop("tank/upgraded") != 6 or set(counts.values()) != {7} or len(counts) != 5:
        raise Failure(f"compared: {counts}")
    # OpenZFS leaves entries of directory services out of what it tells, and no archive has them.
    shown = next(e["acl"] for e in listing(img, "tank/objects") if e["path"] == "object")
    services = ["user:20:r::type-5:20", "user:21:w::type-6:21"]
    if shown != services + objects["object"]:
        raise Failure(f"{shown}")
    done = zlive("export", "-d", img, "tank/objects", ok=(1,))
    if b"./object: without its NFSv4 ACL" not in done.stderr or archived(done.stdout):
        raise Failure(done.stderr.decode())


for pool in ("big-endian", "default", "old", "version-1", "version-15", "xattrs", "zpl"):
    declare_modes(pool)
