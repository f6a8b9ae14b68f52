# SPDX-License-Identifier: BSD-2-Clause
"""Pools that ztest made: zdb and zlive list the same datasets, objects and blocks in them, and both
find all blocks good. ztest is OpenZFS itself in user space, doing everything at once at random."""

import json
import re
import shutil

from harness.case import case
from harness.paths import Failure, Skip
from harness.run import run, zlive

POOL = "zt"
# Layout, and ztest's options for it.
LAYOUTS = {
    "mirror": ["-v", "2", "-m", "2", "-r", "1", "-K", "raidz"],
    "raidz1": ["-v", "1", "-m", "0", "-r", "4", "-R", "1", "-K", "raidz"],
    "raidz2": ["-v", "1", "-m", "0", "-r", "6", "-R", "2", "-K", "raidz"],
    "draid": ["-v", "1", "-m", "0", "-r", "8", "-R", "1", "-K", "draid", "-D", "4", "-S", "1"],
    "stripe": ["-v", "3", "-m", "0", "-r", "1", "-K", "raidz"],
}
TABLE = re.compile(r"^\s+(-?\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+[\d.]+\s+(.*)$")
BLOCK = re.compile(
    r"^objset (\d+) object (-?\d+) level (-?\d+) offset 0x([0-9a-f]+) DVA\[0\]=<(\d+:[0-9a-f]+):[0-9a-f]+> .*"
    r"size=([0-9a-f]+)L/([0-9a-f]+)P birth=(\d+)L.*cksum=([0-9a-f:]+)"
)


def make_pool(t, seconds, options):
    folder = t.dir / "pool"
    folder.mkdir()
    argv = ["ztest", "-f", folder, "-p", POOL, "-T", str(seconds), "-P", str(seconds), "-t", "4"]
    # A pass may end by its own kill; then the next one imports the pool and goes on.
    done = run(*argv, "-s", "128M", "-d", "2", "-C", "special=off", *options, limit=seconds * 20 + 120, ok=None, cwd=folder)
    (t.dir / "ztest.log").write_bytes(done.stdout + done.stderr)
    if not any(folder.glob(f"{POOL}.*a")):
        raise Failure(f"ztest made no pool: status {done.returncode}\n{done.stderr[-2000:].decode(errors='replace')}")
    return folder


def zdb(folder, *argv):
    return run("zdb", "-e", "-P", "-p", folder, *argv, POOL, limit=300).stdout.decode(errors="replace")


def zdb_objects(text):
    """dataset object -> (name, {object: (levels, indirect, block, used, dnode, size, type)})"""
    found = {}
    for line in text.splitlines():
        m = re.match(r"^Dataset (\S+) \[(\w+)\], ID (\d+), ", line)
        if m:
            rows = {}
            found[int(m.group(3))] = (m.group(1), rows)
            continue
        m = TABLE.match(line)
        if m and found:
            kind = re.sub(r" \((K|Z)=.*$", "", m.group(8)).strip()
            rows[int(m.group(1))] = (*(int(x) for x in m.groups()[1:7]), kind)
    return found


def our_objects(folder, dataset):
    listing = json.loads(zlive("ls", "--objects", "-l", "--json", "-d", folder, dataset).stdout)
    rows, blocks = {}, {}
    for o in listing:
        used = (o["used"] + 256) // 512 * 512  # as zdb rounds
        rows[o["object"]] = (o["levels"], o["indirect_size"], o["block_size"], used, o["dnode_size"], o["size"], o["type"])
        for b in o["blocks"]:
            if "dvas" in b and b["blkid"] != -1:
                place = ":".join(b["dvas"][0].split(":")[:2])
                blocks[o["object"], b["level"], b["offset"]] = (place, b["lsize"], b["psize"], b["birth"], b["checksum"])
    return rows, blocks


def zdb_blocks(text):
    """dataset object -> {(object, level, offset): (place, logical, physical, birth, checksum)}, snapshots' once"""
    found = {}
    for line in text.splitlines():
        m = BLOCK.match(line)
        if not m or int(m.group(3)) < 0 or " object " not in line:
            continue
        if m.group(4) == "0" and "DMU objset" in line:
            continue
        ds, obj, level = int(m.group(1)), int(m.group(2)), int(m.group(3))
        cksum = ":".join(f"{int(w, 16):016x}" for w in m.group(9).split(":"))
        value = (m.group(5), int(m.group(6), 16), int(m.group(7), 16), int(m.group(8)), cksum)
        found.setdefault(ds, {})[obj, level, int(m.group(4), 16)] = value
    return found


def compare(what, theirs, ours):
    for key in sorted(set(theirs) | set(ours), key=str):
        if theirs.get(key) != ours.get(key):
            raise Failure(f"{what}: {key}: zdb has {theirs.get(key)}, zlive {ours.get(key)}")


def check_listing(folder):
    theirs = zdb_objects(zdb(folder, "-ddd"))
    listed = {d["object"]: d for d in json.loads(zlive("ls", "--json", "-d", folder).stdout)}
    names = {n: name for n, (name, _) in theirs.items() if n != 0}
    compare("datasets", names, {n: d["name"] for n, d in listed.items()})
    by_zdb = zdb_blocks(zdb(folder, "-bbbbb"))
    everything = {v for blocks in by_zdb.values() for v in blocks.values()}
    objects = blocks = 0
    for number, (name, rows) in theirs.items():
        ours, our_blocks = our_objects(folder, name if number else f"{POOL}/$MOS")
        compare(name, rows, ours)
        # zdb visits a block that several snapshots share once, in the first of them.
        for key, value in by_zdb.get(number, {}).items():
            if key[1:] and our_blocks.get(key) != value:
                raise Failure(f"{name}: block {key}: zdb has {value}, zlive {our_blocks.get(key)}")
        for key, value in our_blocks.items():
            if value not in everything:
                raise Failure(f"{name}: block {key}: {value} is in no dataset for zdb")
        objects += len(rows)
        blocks += len(our_blocks)
    print(f"{len(theirs)} datasets, {objects} objects, {blocks} blocks are the same")
    if objects < 30 or blocks < 100:
        raise Failure(f"only {objects} objects and {blocks} blocks: ztest made next to nothing")


def zdb_errors(folder):
    """Blocks that zdb -bcc cannot read right."""
    done = run("zdb", "-e", "-p", folder, "-bcc", POOL, limit=300, ok=None)
    text = (done.stdout + done.stderr).decode(errors="replace")
    if "bp count:" not in text:
        raise Failure(f"zdb -bcc: {text[-2000:]}")
    return len(re.findall(r"zdb_blkptr_cb: Got error", text))


def check_verify(folder):
    """What zdb cannot read is lost. What only parity can tell zdb repairs in silence."""
    errors = zdb_errors(folder)
    done = zlive("verify", "--json", "-d", folder, ok=(0, 1))
    ours = json.loads(done.stdout)[0]
    print(f"verify: {ours['blocks']} blocks, {ours['lost']} lost, {ours['repairable']} repairable; zdb: {errors} errors")
    if ours["lost"] != errors or ours["faults"]:
        raise Failure(f"zdb has {errors} errors, zlive {ours['lost']} lost, {ours['faults']} faults")
    return ours


def declare(layout, options):
    @case(f"interop/ztest/{layout}", cost=45, full=layout in ("raidz2", "stripe"))
    def agree(t):
        if not shutil.which("ztest"):
            raise Skip("ztest is not installed (package zfs-test)")
        folder = make_pool(t, 6, ["-k", "30" if layout == "mirror" else "0", *options])
        check_listing(folder)
        check_verify(folder)
        shutil.rmtree(folder)


for layout_name, layout_options in LAYOUTS.items():
    declare(layout_name, layout_options)
