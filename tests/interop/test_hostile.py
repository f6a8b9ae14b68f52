# SPDX-License-Identifier: BSD-2-Clause
"""Pools that somebody made to harm: every command ends, soon and in little memory, and says what is wrong.

The pools are made by tests/tools/hostile: one that OpenZFS wrote, with something absurd in it and with
all checksums right.
"""

import json
import re

from harness import golden
from harness.case import case
from harness.paths import HOSTILE, MANYCORES, Failure
from harness.run import run, zlive, zlive_measured

MIB = 1 << 20
FS = "small/ROOT/be"
LS = ["ls", "-lR", FS + ":/"]
CAT = ["cat", FS + ":/file"]
SPARSE = ["cat", FS + ":/sparse"]
DATASETS = ["ls"]
EXPORT = ["export", "-q", FS]
# The small pool has only what a reader of files needs, so verify always finds something amiss.
VERIFY = ["verify", "-q"]
ALL = [["scan"], DATASETS, LS, CAT, VERIFY]
MEMORY = {"export": 128 * MIB, "verify": 128 * MIB}  # of the others 64 MiB

# What a command must say; those not named here must do their work, or fail with some message.
SAYS = {
    "dir-loop": [(LS, "the directory is in two places"), (EXPORT, "in two places")],
    "dir-loop-with-parents": [(LS, "the directory is in two places"), (EXPORT, "in two places")],
    "dir-self": [(LS, "the directory is in two places"), (EXPORT, "in two places")],
    "dir-fan": [(LS, "the directory is in two places"), (EXPORT, "in two places")],
    "name-up": [(LS, "a name that none can have"), (EXPORT, "a name that none can have")],
    "name-slash": [(LS, "a name that none can have"), (EXPORT, "a name that none can have")],
    "name-control": [(LS, None), (EXPORT, None)],
    "file-huge": [(LS, None), (SPARSE, None), (EXPORT, None)],
    "file-tree": [(LS, None), (SPARSE, None), (EXPORT, None)],
    "file-levels": [(LS, "its dnode cannot be read"), (SPARSE, "its dnode cannot be read"), (EXPORT, "its dnode cannot be read")],
    "file-links": [(LS, None), (CAT, None), (EXPORT, None)],
    "link-huge": [(LS, None), (EXPORT, "its link target is too long")],
    "xattr-self": [(LS + ["--json"], "object [0-9]+: its ZAP makes no sense"), (EXPORT, "its ZAP makes no sense")],
    "xattr-root": [(LS + ["--json"], "its extended attributes make no sense"), (EXPORT, "its extended attributes make no sense")],
    "zap-table": [(LS, "its ZAP makes no sense"), (EXPORT, "its ZAP makes no sense")],
    "zap-leaf": [(LS, "its ZAP makes no sense"), (EXPORT, "its ZAP makes no sense")],
    "zap-chain": [(LS, "its ZAP makes no sense"), (EXPORT, "its ZAP makes no sense")],
    "gang-self": [(CAT, "beyond a limit|checksum mismatch"), (EXPORT, "beyond a limit|checksum mismatch")],
    "gang-fan": [(CAT, "checksum mismatch"), (EXPORT, "checksum mismatch")],
    "dsl-loop": [(DATASETS, "belongs to another parent")],
    "dsl-self": [(DATASETS, "belongs to another parent")],
    "dsl-names": [(DATASETS, "belongs to another parent")],
    "snapshot-head": [(DATASETS, None)],
    "snapshot-loop": [(DATASETS, None)],
    "origin-self": [(DATASETS, None)],
    "meta-huge": [(LS, None), (EXPORT, None)],
    "label-parity": [(DATASETS, "raidz")],
    "label-ashift": [(["scan"], None)],
    "label-children": [(DATASETS, "its label says it has 1099511627776 vdevs")],
    "label-deep": [(DATASETS, "mirror")],
    "label-long": [(DATASETS, None), (EXPORT, None)],
    "records-stored": [(SPARSE, None), (EXPORT, None)],
    "records-zstd": [(SPARSE, None), (EXPORT, None)],
    "label-feature": [(DATASETS, "sm\\?\\[2Jall.*org.example:\\?\\[31m\\?\\?evil")],
}


def check(img, argv, says=None, must_work=False):
    """says: what standard error must have; must_work: status 0, or output without an end."""
    # as many threads as there can be: each has its own memory
    done = zlive_measured(argv[0], "-d", img, *argv[1:], preload=MANYCORES)
    what = f"{' '.join(argv)}: status {done.status}, {done.memory >> 20} MiB, {done.cpu:.1f} s, {done.stderr!r}"
    if done.status not in (None, 0, 1):
        raise Failure(f"{what}: neither done nor refused")
    if done.memory > MEMORY.get(argv[0], 64 * MIB):
        raise Failure(f"{what}: too much memory")
    if done.status == 1 and not done.stderr.startswith(b"zlive: ") and not done.written:
        raise Failure(f"{what}: failed without a reason")
    if any(c < 32 and c != 10 for c in done.stderr):
        raise Failure(f"{what}: control characters for the terminal")
    if must_work and done.status == 1:
        raise Failure(f"{what}: must work")
    if says and (done.status != 1 or not re.search(says.encode(), done.stderr)):
        raise Failure(f"{what}: does not say {says!r}")


def declare(name):
    @case(f"interop/hostile/{name}", cost=2)
    def hostile(t):
        img = t.dir / "pool.img"
        run(HOSTILE, name, img)
        for argv in ALL:
            check(img, argv)
        for argv, says in SAYS[name]:
            check(img, argv, says, must_work=says is None)


@case("interop/hostile/all-are-tested", cost=1)
def all_are_tested(t):
    made = run(HOSTILE, "--list").stdout.decode().split()
    if sorted(made) != sorted(SAYS):
        raise Failure(f"pools without a test or tests without a pool: {set(made) ^ set(SAYS)}")


for _name in SAYS:
    declare(_name)


def declare_golden(pool):
    """Every file of a pool whose records are large or costly to decompress."""

    @case(f"interop/memory/cat-{pool}", cost=10)
    def cat(t):
        img = golden.unpack(pool, t.dir / "pool.img")
        read = 0
        for ds in json.loads(zlive("ls", "--json", "-d", img).stdout):
            if ds["type"] != "filesystem":
                continue
            for e in json.loads(zlive("ls", "-lR", "--json", "-d", img, ds["name"] + ":/").stdout):
                if e["type"] == "file":
                    check(img, ["cat", f"{ds['name']}:/{e['path']}"], must_work=True)
                    read += 1
        if read < 20:
            raise Failure(f"only {read} files")


for _pool in ("recordsize", "codecs"):
    declare_golden(_pool)
