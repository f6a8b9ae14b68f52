# SPDX-License-Identifier: BSD-2-Clause
"""zlive verify: it visits the same blocks as `zdb -b`, and says what suffers when copies are bad."""

import json
import os
import re
import shutil
import struct

from harness import golden as pools
from harness import image
from harness.case import case
from harness.paths import Failure
from harness.run import zlive
from harness.zdb import zdb


def copy_range(src, start, size, path):
    """The bytes of a partition as a sparse file of their own, for zdb."""
    with open(src, "rb") as f, open(path, "wb") as dst:
        dst.truncate(size)
        at = start
        while at < start + size:
            try:
                at = os.lseek(f.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = min(os.lseek(f.fileno(), at, os.SEEK_HOLE), start + size)
            while at < end:
                piece = os.pread(f.fileno(), min(1 << 20, end - at), at)
                os.pwrite(dst.fileno(), piece, at - start)
                at += len(piece)
    return path


def vdev_files(img, folder):
    """Each partition, or the whole disk if it has none."""
    folder.mkdir()
    try:
        parts = [(start, size) for _, start, size in image.partitions(img)]
    except Failure:
        parts = [(0, img.stat().st_size)]
    return [copy_range(img, start, size, folder / f"vdev{i}") for i, (start, size) in enumerate(parts)]


# What zdb counts beside the blocks that are in use: frees that wait, and the log's next, empty block.
BESIDE = re.compile(r"^(?:\[deferred free\]|objset \d+ object \d+ level -2) .*?((?:DVA\[\d\]=<[^>]*> )+).*size=([0-9a-f]+)L/([0-9a-f]+)P")


def zdb_totals(t, folder, pool):
    text = zdb(t.tree, "-e", "-p", folder, "-bbbbb", pool)
    found = {}
    for key, word in (
        ("blocks", "bp count"),
        ("gangs", "ganged count"),
        ("logical", "bp logical"),
        ("physical", "bp physical"),
        ("allocated", "bp allocated"),
        ("embedded", "additional, non-pointer bps of type 0"),
    ):
        m = re.search(rf"{word}:\s+(\d+)", text)
        found[key] = int(m.group(1)) if m else 0
    for line in text.splitlines():
        m = BESIDE.match(line)
        if m:
            found["blocks"] -= 1
            found["logical"] -= int(m.group(2), 16)
            found["physical"] -= int(m.group(3), 16)
            found["allocated"] -= sum(int(size, 16) for size in re.findall(r":([0-9a-f]+)>", m.group(1)))
    found["blocks"] -= found["embedded"]
    return found


def verify(*argv, ok=(0,)):
    done = zlive("verify", "--json", *argv, ok=ok)
    return json.loads(done.stdout)[0]


COUNTED = ["datasets", "embedded", "gang", "mirror", "old", "raidz", "stripe"]


@case("interop/verify/counts", needs=["tree"], cost=25)
def counts(t):
    """The same blocks as zdb -b visits, to the byte."""
    for name in COUNTED:
        folder = t.dir / name
        folder.mkdir()
        img = pools.unpack(name, folder / "disk.img")
        vdev_files(img, folder / "zdb")
        ours = verify("-d", img, ok=(0, 1))
        theirs = zdb_totals(t, folder / "zdb", ours["pool"])
        found = {key: ours[key] for key in theirs}
        if found != theirs:
            raise Failure(f"{name}: zdb counts {theirs}, zlive {found}")
        if name != "mirror" and (ours["lost"] or ours["repairable"] or ours["faults"]):
            raise Failure(f"{name}: zlive finds damage in a sound pool: {ours}")
        shutil.rmtree(folder)


# ---- damage ----

DATA_START = 4 << 20


def spoil(img, at, length=512):
    with open(img, "r+b") as f:
        f.seek(at)
        old = f.read(length)
        f.seek(at)
        f.write(bytes(b ^ 0xA5 for b in old))


def blocks_of(img, dataset, obj):
    """[(level, offset, [offset of each DVA on the vdev])] of an object."""
    listing = json.loads(zlive("ls", "--objects", "-l", "--json", "-d", img, dataset).stdout)
    blocks = next(o["blocks"] for o in listing if o["object"] == obj)
    return [(b["level"], b["offset"], [int(d.split(":")[1], 16) for d in b["dvas"]]) for b in blocks if "dvas" in b]


def a_file(img):
    """A file whose data have one copy: dataset, path, object, its last block at level 0."""
    for dataset in json.loads(zlive("ls", "--json", "-d", img).stdout):
        if dataset["type"] != "filesystem":
            continue
        for entry in json.loads(zlive("ls", "-lR", "--json", "-d", img, dataset["name"]).stdout):
            if entry["type"] == "file" and entry["size"] > 0:
                data = [b for b in blocks_of(img, dataset["name"], entry["object"]) if b[0] == 0 and len(b[2]) == 1]
                if data:
                    return dataset["name"], "/" + entry["path"].lstrip("/"), entry["object"], data[-1]
    raise Failure("no file has a block of its own")


def only_damage(found, **wanted):
    if len(found["damage"]) != 1:
        raise Failure(f"not one damaged place: {found}")
    d = found["damage"][0]
    for key, value in wanted.items():
        if d.get(key) != value:
            raise Failure(f"{key} is {d.get(key)!r}, not {value!r}: {d}")
    return d


@case("interop/verify/one-copy", cost=5)
def one_copy(t):
    """A file with one copy of its data: it is lost, and its name, place and device are told."""
    img = pools.unpack("recordsize", t.dir / "disk.img")
    start = image.partitions(img)[0][1]
    dataset, path, obj, (_, offset, dvas) = a_file(img)
    spoil(img, start + DATA_START + dvas[0])
    d = only_damage(verify("-d", img, ok=(1,)), lost=True, path=path, object=obj, offset=offset, dataset=dataset)
    if d["bad_copies"] != [{"device": f"{img}#1", "at": DATA_START + dvas[0], "vdev_guid": d["bad_copies"][0]["vdev_guid"], "reason": "checksum mismatch"}]:
        raise Failure(f"the bad copy: {d['bad_copies']}")
    text = zlive("verify", "-d", img, ok=(1,)).stdout.decode()
    if f"{dataset}:{path}: object {obj}, bytes {offset} to" not in text or "LOST" not in text:
        raise Failure(f"the text names no file: {text}")


def havers(golden, path):
    """{(inode, time of its last change): datasets that have it under this name}, as OpenZFS saw them."""
    found = {}
    for dataset, entries in golden["datasets"].items():
        for e in entries:
            if e["path"] == path:
                found.setdefault((e["ino"], e["mtime"]), set()).add(dataset)
    return found


@case("interop/verify/shared", cost=5)
def shared(t):
    """A damaged block is told with every snapshot, head and clone that has it, and with none that has not."""
    golden = pools.load("datasets")
    img = pools.unpack("datasets", t.dir / "disk.img")
    start = image.partitions(img)[0][1]
    for path, n in (("boot/vmlinuz-1", 3), ("boot/vmlinuz-2", 3)):
        ((obj, _), expected), = havers(golden, path).items()
        if len(expected) < n:
            raise Failure(f"{path} is in {expected} only")
        blocks = [b for b in blocks_of(img, min(expected), obj) if b[0] == 0]
        at = start + DATA_START + blocks[0][2][0]
        spoil(img, at)
        d = only_damage(verify("-d", img, ok=(1,)), lost=True, object=obj, path="/" + path, others_may_share=False)
        names = [d["dataset"], *(s["dataset"] for s in d["shared_by"])]
        if sorted(names) != sorted(expected) or any((s.get("path"), s["blocks"]) != ("/" + path, 1) for s in d["shared_by"]):
            raise Failure(f"{path} is in {expected}: {d}")
        text = zlive("verify", "-d", img, ok=(1,)).stdout.decode()
        if any(f"  also in {name}:/{path}\n" not in text for name in names[1:]):
            raise Failure(text)
        spoil(img, at)


@case("interop/verify/shared-in-part", cost=3)
def shared_in_part(t):
    """Of damage in many blocks it is told how many of them a clone still has."""
    img = pools.unpack("zvols", t.dir / "disk.img")
    start = image.partitions(img)[0][1]
    # The pool's script: 300001 bytes at 192 KiB, snapshot, in the clone as many at 64 KiB.
    blocks = [b for b in blocks_of(img, "tank/v8k@one", 1) if b[0] == 0]
    overwritten = [b for b in blocks if b[1] < (64 << 10) + 300001]
    if len(blocks) != 37 or not 0 < len(overwritten) < 37:
        raise Failure(f"{len(overwritten)} of {len(blocks)} blocks were overwritten")
    for b in blocks:
        spoil(img, start + DATA_START + b[2][0])
    d = only_damage(verify("-d", img, ok=(1,)), lost=True, dataset="tank/v8k@one", blocks=37, others_may_share=False)
    found = {s["dataset"]: s["blocks"] for s in d["shared_by"]}
    if found != {"tank/v8k": 37, "tank/clone": 37 - len(overwritten)}:
        raise Failure(f"shared by {found}")


@case("interop/verify/two-copies", cost=5)
def two_copies(t):
    """A dnode block has two copies: one bad can be repaired, both bad lose its objects."""
    img = pools.unpack("default", t.dir / "disk.img")
    start = image.partitions(img)[0][1]
    dvas = [b[2] for b in blocks_of(img, "tank", 0) if b[0] == 0][0]
    if len(dvas) < 2:
        raise Failure(f"the dnode block has {len(dvas)} copies")
    spoil(img, start + DATA_START + dvas[0])
    d = only_damage(verify("-d", img, ok=(1,)), lost=False, what="objects", good_copies=len(dvas) - 1)
    if [c["at"] for c in d["bad_copies"]] != [DATA_START + dvas[0]]:
        raise Failure(f"the bad copy: {d['bad_copies']}")
    for at in dvas[1:]:
        spoil(img, start + DATA_START + at)
    only_damage(verify("-d", img, ok=(1,)), lost=True, what="objects", first_object=0)


@case("interop/verify/missing-device", cost=5)
def missing_device(t):
    """A mirror with one side: nothing is lost, and what is missing is told."""
    img = pools.unpack("mirror", t.dir / "disk.img")
    _, good = vdev_files(img, t.dir / "parts")
    found = verify("-d", good, ok=(1,))
    if found["lost"] or found["repairable"] or found["damage"] or found["degraded"] != found["blocks"]:
        raise Failure(f"a side is missing: {found}")
    if [d["missing"] for d in found["devices"]] != [True]:
        raise Failure(f"devices: {found['devices']}")
    text = zlive("verify", "-d", good, ok=(1,)).stdout.decode()
    if not text.endswith(f": no damage; 1 device is missing, and so {found['blocks']} good blocks lack a copy\n"):
        raise Failure(f"the last line: {text}")


@case("interop/verify/missing-harmless", cost=2)
def missing_harmless(t):
    """A spare stands in for the missing device: every block has all its copies, and that is said."""
    img = pools.unpack("draid-spare", t.dir / "disk.img")
    found = verify("-d", img, ok=(1,))
    if found["lost"] or found["repairable"] or found["damage"] or found["degraded"] or [d["missing"] for d in found["devices"]] != [True]:
        raise Failure(f"a spare stands in: {found}")
    text = zlive("verify", "-d", img, ok=(1,)).stdout.decode()
    if not text.endswith(": no damage; 1 device is missing, but every block that was read has all its copies\n"):
        raise Failure(f"the last line: {text}")


# Which devices (by their place in the image) lack something, and why.
LACKING = {
    "mirror": {1},  # was away, by its labels
    "stale": {1, 4},  # were away, by the pool's logs
    "resilvering": {3},
    "replacing": {6},
    "interrupted": {3},
}


def lacking_of(found):
    return {int(d["device"].rpartition("#")[2]): (d["lacks_from"], d["lacks_to"]) for d in found["devices"] if d.get("lacking")}


@case("interop/verify/lacking", cost=5)
def lacking(t):
    """What a device missed is told as that, with its txgs, and no copy there counts as damaged."""
    for name, devices in LACKING.items():
        img = pools.unpack(name, t.dir / "disk.img")
        found = verify("-d", img, ok=(1,))
        told = lacking_of(found)
        if found["damage"] or found["lost"] or found["repairable"] or not found["lacking"] or set(told) != devices:
            raise Failure(f"{name}: {found}")
        if any(d["checksum_errors"] or d["io_errors"] or d["other_errors"] for d in found["devices"]):
            raise Failure(f"{name}: bad copies: {found['devices']}")
        # What zdb said of a log: "outage [30,30] length 1"
        facts = "\n".join(pools.load(name).get("facts", ()))
        for first, last in re.findall(r"outage \[(\d+),(\d+)\]", facts):
            if (int(first), min(int(last), found["txg"])) not in told.values():
                raise Failure(f"{name}: txgs {first} to {last} are lacking, not {told}")
        lines = zlive("verify", "-d", img, ok=(1,)).stdout.decode().splitlines()
        for n, (first, last) in told.items():
            if not any(line.startswith(f"{img}#{n}: lacks ") and line.endswith(f"txgs {first} to {last}") for line in lines):
                raise Failure(f"{name}: {lines}")
        if f"no damage; {found['lacking']} good block" not in lines[-1]:
            raise Failure(f"{name}: the last line: {lines[-1]}")


@case("interop/verify/lacking-and-damaged", cost=2)
def lacking_and_damaged(t):
    """The only other copy of what a device missed is bad: that is lost, and both reasons are told."""
    img = pools.unpack("mirror", t.dir / "disk.img")
    (first, last) = lacking_of(verify("-d", img, ok=(1,)))[1]
    entry = next(e for e in json.loads(zlive("ls", "-R", "-l", "--json", "-d", img, "tank").stdout) if e["path"].endswith("after"))
    at = DATA_START + next(b for b in blocks_of(img, "tank", entry["object"]) if b[0] == 0)[2][0]
    spoil(img, image.partitions(img)[1][1] + at)
    d = only_damage(verify("-d", img, ok=(1,)), lost=True, object=entry["object"], good_copies=0)
    copies = {c["device"].rpartition("#")[2]: c for c in d["bad_copies"]}
    if copies["2"]["reason"] != "checksum mismatch" or (copies["1"].get("lacks_from"), copies["1"].get("lacks_to")) != (first, last):
        raise Failure(f"the bad copies: {d['bad_copies']}")
    text = zlive("verify", "-d", img, ok=(1,)).stdout.decode()
    if f"{img}#1 lacks what was written in txgs {first} to {last}" not in text or f"{img}#2 at {at}: checksum mismatch" not in text:
        raise Failure(text)


@case("interop/verify/raidz-columns", cost=5)
def raidz_columns(t):
    """Each column of raidz is compared, parity too: any one device may rot."""
    img = pools.unpack("raidz", t.dir / "disk.img")
    devices = vdev_files(img, t.dir / "parts")
    sound = verify("-d", t.dir / "parts")
    for i, device in enumerate(devices):
        kept = t.dir / "kept"
        shutil.copy(device, kept)
        size = device.stat().st_size
        with open(device, "r+b") as f:
            f.seek(DATA_START)
            f.write(b"\xa5" * (size - 2 * DATA_START))
        found = verify("-d", t.dir / "parts", ok=(1,))
        if found["lost"] or found["repairable"] == 0 or found["blocks"] != sound["blocks"]:
            raise Failure(f"device {i} is bad: {found}")
        bad = {c["device"] for d in found["damage"] for c in d["bad_copies"]}
        if bad != {str(device)}:
            raise Failure(f"device {i} is bad, not {bad}")
        shutil.copy(kept, device)


# ---- encrypted datasets ----


def forge(img, at, length):
    """Changes five words in a way that the four sums of fletcher4 do not show."""
    with open(img, "r+b") as f:
        f.seek(at)
        words = list(struct.unpack(f"<{length // 4}I", f.read(length)))
        first = next(i for i in range(len(words) - 4) if all(4 <= w < 2**32 - 6 for w in words[i : i + 5]))
        for i, change in enumerate((1, -4, 6, -4, 1)):
            words[first + i] += change
        f.seek(at)
        f.write(struct.pack(f"<{length // 4}I", *words))


def forge_file(img, dataset):
    """A block of data of a file there; returns the file's object."""
    for o in json.loads(zlive("ls", "--objects", "-l", "--json", "-d", img, dataset).stdout):
        for b in o["blocks"]:
            if o["type"] == "ZFS plain file" and b["level"] == 0 and len(b.get("dvas", [])) == 1 and b["psize"] >= 512:
                forge(img, image.partitions(img)[0][1] + DATA_START + int(b["dvas"][0].split(":")[1], 16), b["psize"])
                return o["object"]
    raise Failure(f"{dataset} has no file with a block of its own")


@case("interop/verify/macs", cost=10)
def macs(t):
    """With keys all blocks are authenticated; a block with a right checksum and a wrong MAC is lost then only."""
    for name in ("encryption", "log-claimed"):
        img = pools.unpack(name, t.dir / "disk.img")
        keys = pools.write_keys(pools.load(name), t.dir)
        locked = verify("-d", img)
        opened = verify("-d", img, *keys)
        if opened["damage"] or opened["locked"] or opened["authenticated"] != locked["locked"] or not locked["locked"]:
            raise Failure(f"{name}: without keys {locked}, with keys {opened}")
        for found, words in ((zlive("verify", "-d", img), "by checksum only"), (zlive("verify", "-d", img, *keys), ", MACs of ")):
            if words not in found.stdout.decode():
                raise Failure(f"the last line: {found.stdout.decode()}")
    obj = forge_file(img, "tank/secret")
    if verify("-d", img)["damage"]:
        raise Failure("the checksum shows a change that it should not")
    d = only_damage(verify("-d", img, *keys, ok=(1,)), lost=True, dataset="tank/secret", object=obj, level=0)
    if "path" not in d or "authent" not in d["bad_copies"][0]["reason"]:
        raise Failure(f"a wrong MAC: {d}")


GANG_PIECES = 3  # that a header of 512 bytes points to


def a_gang_piece(img, dataset, kind):
    """Of a block in pieces of an object of that kind: the object, (offset, length) of a piece that is not one itself."""
    start = image.partitions(img)[0][1] + DATA_START
    data = img.read_bytes()
    for o in json.loads(zlive("ls", "--objects", "-l", "--json", "-d", img, dataset).stdout):
        for b in o["blocks"]:
            if o["type"] != kind or b["level"] != 0 or not all(d.endswith(":gang") for d in b.get("dvas", [""])):
                continue
            header = start + int(b["dvas"][0].split(":")[1], 16)
            for n in range(GANG_PIECES):
                size, where = struct.unpack_from("<QQ", data, header + 128 * n)
                (prop,) = struct.unpack_from("<Q", data, header + 128 * n + 48)
                if size and not where >> 63:
                    return o["object"], (start + (where << 9), ((prop >> 16 & 0xFFFF) + 1) << 9)
    raise Failure(f"{dataset} has no {kind} in pieces")


@case("interop/verify/macs-of-gang-blocks", cost=5)
def macs_of_gang_blocks(t):
    """The MAC of a block in pieces is of all of them together: right, and wrong with every checksum right."""
    img = pools.unpack("gang-encrypted", t.dir / "disk.img")
    keys = pools.write_keys(pools.load("gang-encrypted"), t.dir)
    locked = verify("-d", img)
    opened = verify("-d", img, *keys)
    if opened["damage"] or opened["locked"] or opened["authenticated"] != locked["locked"] or locked["gangs"] < 20:
        raise Failure(f"without keys {locked}, with keys {opened}")
    obj, (at, length) = a_gang_piece(img, "tank/gcm", "ZFS plain file")
    forge(img, at, length)
    if verify("-d", img)["damage"]:
        raise Failure("the checksum shows a change that it should not")
    d = only_damage(verify("-d", img, *keys, ok=(1,)), lost=True, dataset="tank/gcm", object=obj, level=0)
    if "path" not in d or "authent" not in d["bad_copies"][0]["reason"]:
        raise Failure(f"a wrong MAC: {d}")
    err = zlive("cat", "-d", img, *keys, f"tank/gcm:{d['path']}", ok=(1,)).stderr.decode()
    if "authent" not in err:
        raise Failure(f"cat of it: {err}")


# ---- intent logs ----

LOGS = ["log-crashed", "log-claimed", "log-device-crashed", "log-device-claimed"]
# zdb does not end the line of a record that it cannot print.
LOG_BLOCK = re.compile(r"\tBlock seqno (\d+), .*?DVA\[0\]=<(\d+):([0-9a-f]+):")
LOG_WRITE = re.compile(r"^\t\t\tDVA\[0\]=<(\d+):([0-9a-f]+):")


def zdb_logs(t, folder, pool):
    """dataset -> its log: {"blocks": {sequence number: (vdev, offset)}, "pointers": number, "writes": [(object, vdev, offset)]}"""
    text = zdb(t.tree, "-e", "-p", folder, "-iiiii", "-d", pool)
    found, foid = {}, None
    for line in text.splitlines():
        if m := re.match(r"^Dataset (\S+) \[", line):
            log = found.setdefault(m.group(1), {"blocks": {}, "pointers": 0, "writes": []})
        elif m := LOG_BLOCK.search(line):
            log["blocks"][int(m.group(1))] = (int(m.group(2)), int(m.group(3), 16))
        elif m := re.match(r"^\t\t\tfoid (\d+), ", line):
            foid = int(m.group(1))
        elif "\thas blkptr, " in line:
            log["pointers"] += 1
        elif m := LOG_WRITE.match(line):
            log["writes"].append((foid, int(m.group(1)), int(m.group(2), 16)))
    return {name: log for name, log in found.items() if log["blocks"]}


def each_log(t):
    """One pool with intent logs after the other: its name, its disk and what zdb reads of the logs."""
    for name in LOGS:
        folder = t.dir / name
        folder.mkdir()
        img = pools.unpack(name, folder / "disk.img")
        vdev_files(img, folder / "zdb")
        yield name, img, zdb_logs(t, folder / "zdb", "tank")
        shutil.rmtree(folder)


@case("interop/verify/logs", needs=["tree"], cost=15)
def logs(t):
    """The blocks of intent logs that zdb reads, on a device for logs, too; claimed and not."""
    for name, img, found in each_log(t):
        # The last block of each has a place, and nothing in it yet.
        theirs = sum(len(log["blocks"]) - 1 + log["pointers"] for log in found.values())
        ours = verify("-d", img)
        if theirs < 30 or ours["log_blocks"] != theirs or ours["damage"]:
            raise Failure(f"{name}: zdb reads {theirs} blocks of logs, zlive: {ours}")
        text = zlive("verify", "-d", img).stdout.decode()
        if f" and {theirs} blocks of intent logs, " not in text:
            raise Failure(f"the last line: {text}")


def log_place(img, place):
    return image.partitions(img)[place[0]][1] + DATA_START + place[1]


@case("interop/verify/log-damage", needs=["tree"], cost=15)
def log_damage(t):
    """A bad block of a log that was claimed is lost, and so is what follows; of another it is the log's end."""
    for name, img, logs in each_log(t):
        sound = verify("-d", img)["log_blocks"]
        log = logs["tank/always"]["blocks"]
        seq = sorted(log)[len(log) // 2]
        spoil(img, log_place(img, log[seq]))
        if name.endswith("crashed"):
            found = verify("-d", img)
            if found["damage"] or not 0 < found["log_blocks"] < sound:
                raise Failure(f"{name}: a log ends earlier: {found}")
            continue
        d = only_damage(verify("-d", img, ok=(1,)), lost=True, what="intent log", dataset="tank/always", level=-2)
        if [c["reason"] for c in d["bad_copies"]] != ["checksum mismatch"]:
            raise Failure(f"{name}: {d}")
        text = zlive("verify", "-d", img, ok=(1,)).stdout.decode()
        if f"tank/always: intent log, block {seq}: LOST; {img}#{log[seq][0] + 1} at {DATA_START + log[seq][1]}: checksum mismatch\n" not in text:
            raise Failure(f"{name}: the text: {text}")
        spoil(img, log_place(img, log[seq]))
        obj, *place = logs["tank/throughput"]["writes"][-1]
        spoil(img, log_place(img, place))
        only_damage(verify("-d", img, ok=(1,)), lost=True, what="intent log", dataset="tank/throughput", object=obj)


RECORDS = 184  # what is before them in a log block
RECORD = 32  # what is in the clear of one


@case("interop/verify/log-macs", needs=["tree"], cost=10)
def log_macs(t):
    """With the key, blocks of an encrypted log are authenticated, and the files that its records are about are named."""
    for name, img, logs in each_log(t):
        log = logs["tank/secret"]
        keys = pools.write_keys(pools.load(name), t.dir)
        sound = verify("-d", img, *keys)
        seq, place = sorted(log["blocks"].items())[0]
        forge(img, log_place(img, place) + RECORDS + RECORD, 128)
        if verify("-d", img)["damage"]:
            raise Failure(f"{name}: the checksum shows a change that it should not")
        found = verify("-d", img, *keys, ok=(1,))
        d = only_damage(found, lost=True, what="intent log", dataset="tank/secret", level=-2)
        if "authent" not in d["bad_copies"][0]["reason"] or found["log_blocks"] != sound["log_blocks"]:
            raise Failure(f"{name}, block {seq}: {found}")
        if name.endswith("claimed") and log["writes"]:
            _, *place = log["writes"][-1]
            spoil(img, log_place(img, place))
            damage = verify("-d", img, *keys, ok=(1,))["damage"]
            # Of "large", which no directory on the disk has yet.
            if not any("object" in x and (x["offset"], x["length"]) == (0, 40000) for x in damage):
                raise Failure(f"{name}: it is not told what was written: {damage}")
