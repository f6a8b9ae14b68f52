# SPDX-License-Identifier: BSD-2-Clause
"""NFSv4 ACLs that OpenZFS stored for modes."""

import json

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


for pool in ("big-endian", "default", "old", "version-1", "version-15", "xattrs", "zpl"):
    declare_modes(pool)
