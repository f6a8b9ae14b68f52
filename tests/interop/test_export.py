# SPDX-License-Identifier: BSD-2-Clause
"""Exports of golden pools: what tar makes of them is what OpenZFS had there."""

import io
import os
import pty
import shutil
import subprocess
import tarfile

from harness import golden as pools
from harness import manifest
from harness.case import case
from harness.damage import damaged, indirect_blocks
from harness.paths import ZLIVE, Failure, Skip
from harness.run import run, zlive

# Pools with attributes, links, devices, holes, odd names, large directories and blocks.
EXPORTED = ["datasets", "default", "embedded", "encrypted-root", "gang", "old", "recordsize", "xattrs", "zaps"]
EXTRACT = {
    "tar": ["tar", "-xp", "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "-C"],
    "bsdtar": ["bsdtar", "-xp", "--numeric-owner", "-f", "-", "-C"],
}
ENV = {**os.environ, "LC_ALL": "C.UTF-8"}

# More than the file systems that tests run on hold for one file: looked for in the archive itself.
LARGE_XATTRS = {"big", "spill"}
# bsdtar leaves the folder alone that it unpacks into, and counts fractions before 1970 upwards.
BSDTAR_CHANGES = {"", "random"}


def extract(tool, folder, img, keys, dataset, *options, ok=(0,)):
    """Exports into an empty folder through a tar."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with subprocess.Popen(
        [ZLIVE, "export", "-d", img, *keys, *options, dataset], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as p:
        done = subprocess.run(
            [*EXTRACT[tool], folder], stdin=p.stdout, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENV, check=False
        )
        p.stdout.close()
        said = p.stderr.read().decode(errors="replace")
        if p.wait() != 0:
            raise Failure(f"export: status {p.returncode}: {said}")
    if done.returncode not in ok:
        raise Failure(f"{tool}: status {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}")
    return said


def needs_root_and_xattrs(folder):
    if os.geteuid() != 0:
        raise Skip("owners, devices and attributes need root")
    try:
        os.setxattr(folder, "trusted.zlive", b"x")
        os.removexattr(folder, "trusted.zlive")
    except OSError as e:
        raise Skip(f"the file system of {folder} has no extended attributes: {e}") from None


def expected_of(entries):
    """Of what was there, all that tar has: no sockets."""
    return {path: e for path, e in manifest.parse(entries).items() if e["type"] != "s"}


def check_dataset(t, tool, img, keys, dataset, entries):
    folder = t.dir / "tree"
    expected = expected_of(entries)
    large = LARGE_XATTRS & set(expected)
    extract(tool, folder, img, keys, dataset, ok=(0, 1) if large else (0,))
    found = manifest.of_directory(folder)
    changes = BSDTAR_CHANGES if tool == "bsdtar" else set()
    manifest.compare(expected, found, may_change=changes | large)
    kept = [k for k in manifest.KEPT if k not in ("mtime", "xattrs")]
    manifest.compare(expected, found, kept=kept)


def declare(name, tool):
    @case(f"interop/export/{name}-{tool}", cost=5)
    def equals_openzfs(t):
        needs_root_and_xattrs(t.dir)
        golden = pools.load(name)
        img = pools.unpack(name, t.dir / "disk.img")
        keys = pools.write_keys(golden, t.dir)
        for dataset, entries in golden["datasets"].items():
            try:
                check_dataset(t, tool, img, keys, dataset, entries)
            except Failure as e:
                raise Failure(f"{dataset}: {e}") from None
        img.unlink()
        shutil.rmtree(t.dir / "tree")


class Export:
    """A golden pool, and an archive of one of its datasets."""

    def __init__(self, t, name):
        self.golden = pools.load(name)
        self.img = pools.unpack(name, t.dir / "disk.img")
        self.keys = pools.write_keys(self.golden, t.dir)

    def zlive(self, *argv, **kwargs):
        return zlive("export", "-d", self.img, *self.keys, *argv, **kwargs)

    def tar(self, *argv, **kwargs):
        return tarfile.open(fileobj=io.BytesIO(self.zlive(*argv, **kwargs).stdout))


def pax_bytes(text):
    return text.encode("utf-8", "surrogateescape")


@case("interop/export/attributes-in-the-archive", cost=2)
def attributes_in_the_archive(t):
    """Values of any size, as records of the archive."""
    e = Export(t, "xattrs")
    compared = 0
    for dataset, entries in e.golden["datasets"].items():
        with e.tar(dataset) as tar:
            found = {m.name.removeprefix("./"): m.pax_headers for m in tar}
        for path, x in expected_of(entries).items():
            headers = found["." if path == "" else path.encode("latin1").decode("utf-8", "surrogateescape")]
            for name, value in x["xattrs"].items():
                if name.startswith("system."):
                    continue
                key = "SCHILY.xattr." + name.encode("latin1").decode("utf-8", "surrogateescape")
                if key not in headers:
                    # A hard link has no attributes of its own in an archive.
                    if x.get("nlink", 1) > 1:
                        continue
                    raise Failure(f"{dataset}:/{path}: no {name}")
                if pax_bytes(headers[key]).hex() != value:
                    raise Failure(f"{dataset}:/{path}: {name} is {pax_bytes(headers[key])[:60]!r}")
                compared += 1
    if compared < 10:
        raise Failure(f"only {compared} attributes were compared")


@case("interop/export/recursive", cost=3)
def recursive(t):
    """Children in directories of their names; without -r they are not there."""
    e = Export(t, "datasets")
    names = sorted(n for n in e.golden["datasets"] if "@" not in n)
    root = names[0]
    with e.tar(root) as tar:
        alone = {m.name for m in tar}
    if len(alone) != len(expected_of(e.golden["datasets"][root])):
        raise Failure(f"{len(alone)} names without -r")
    # One of them is encrypted, and its key is not here.
    with e.tar("-r", root, ok=(1,)) as tar:
        found = {m.name for m in tar}
    for name in names:
        if name.split("/")[1:2] == ["secret"]:
            continue
        for path in expected_of(e.golden["datasets"][name]):
            parts = [".", *name.removeprefix(root).split("/")[1:], *path.split("/")]
            full = "/".join(p for p in parts if p)
            if full.encode("latin1").decode("utf-8", "surrogateescape") not in found:
                raise Failure(f"{full} is not there")


def damage(img, content):
    """Turns a byte over in each place where the image has content; their number."""
    data, at, n = bytearray(img.read_bytes()), -1, 0
    while (at := data.find(content, at + 1)) >= 0:
        data[at + 5] ^= 0xFF
        n += 1
    img.write_bytes(data)
    return n


@case("interop/export/damaged-file", cost=5)
def damaged_file(t):
    """A file that cannot be read is named and zeros; the archive is whole, the others are right."""
    e = Export(t, "default")
    dataset = "tank"
    with e.tar(dataset) as tar:
        whole = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    victim = next(n for n, data in whole.items() if len(data) > 4096 and len(set(data[:512])) > 100)
    if damage(e.img, whole[victim][:512]) == 0:
        raise Failure(f"{victim} is not in the image as it is")
    done = e.zlive(dataset, ok=(1,))
    if victim.encode() not in done.stderr or b"zeros" not in done.stderr:
        raise Failure(done.stderr.decode())
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
        found = {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}
    for name, data in whole.items():
        if name == victim:
            if len(found[name]) != len(data) or found[name] == data:
                raise Failure(f"{name}: {len(found[name])} bytes, or as if nothing was damaged")
        elif found[name] != data:
            raise Failure(f"{name}: changed")
    run("tar", "tf", "-", input=done.stdout)


def file_in(archive, name):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(f"./{name}").read()


def lost_range(whole, found):
    """[start, end) of what is missing; all else must be there, and zeros in its place."""
    changed = [i for i in range(0, len(whole), 1024) if whole[i : i + 1024] != found[i : i + 1024]]
    if not changed:
        return None
    start, end = changed[0], min(changed[-1] + 1024, len(whole))
    if len(found) != len(whole) or found[start:end].strip(b"\0") or len(changed) != (end - start + 1023) // 1024:
        raise Failure(f"{len(found)} bytes of {len(whole)}; {len(changed)} blocks from {start} to {end} are others")
    return start, end


@case("interop/export/damaged-pointers", cost=10)
def damaged_pointers(t):
    """A block of pointers that does not read takes along what it points to, and nothing more."""
    e = Export(t, "recordsizes")
    dataset = "tank/1k"
    whole = file_in(e.zlive(dataset).stdout, "large")
    below = 1024 << 10  # a block of 128 KiB points to as many blocks of 1 KiB
    expected = {(at, min(at + below, len(whole))) for at in range(0, len(whole), below)}
    found = set()
    for copies in sorted({tuple(copies) for copies in indirect_blocks(e.img)}):
        if len(copies) != 2:
            continue
        with damaged(e.img, copies):
            done = e.zlive(dataset, ok=(0, 1))
        lost = lost_range(whole, file_in(done.stdout, "large"))
        told = [line for line in done.stderr.decode().splitlines() if "./large: " in line]
        if lost:
            found.add(lost)
            ways = (f"a hole in place of {lost[1] - lost[0]} bytes", f"zeros in place of bytes {lost[0]} to {lost[1] - 1}:")
            if len(told) != 1 or not any(way in told[0] for way in ways) or done.returncode != 1:
                raise Failure(f"{lost}: {told}")
        elif done.returncode or told:
            raise Failure(f"another file's pointers: {told}")
    # Nobody reads all of the file to see where it lies: only its start, its middle and its end.
    if not found <= expected or len(found) < 3 or {min(expected), max(expected)} - found:
        raise Failure(f"lost were {sorted(found)}, of {sorted(expected)}")


@case("interop/export/damaged-pointers-far", cost=3)
def damaged_pointers_far(t):
    """Between holes of terabytes, too."""
    e = Export(t, "huge")
    extents = expected_of(e.golden["datasets"]["tank/small"])["far"]["extents"]
    lost = set()
    for copies in sorted({tuple(copies) for copies in indirect_blocks(e.img)}):
        with damaged(e.img, copies):
            done = e.zlive("tank/small", ok=(0, 1))
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            found = [tuple(x) for x in tar.getmember("./far").sparse if x[1]]
        gone = [start for start, n, _ in extents if (start, n) not in found]
        if len(gone) > 1 or len(found) + len(gone) != len(extents) or done.returncode != len(gone):
            raise Failure(f"of {extents} there are {found}")
        lost.update(gone)
    # What is in the middle nobody reads to see where it lies.
    if lost != {extents[0][0], extents[-1][0]}:
        raise Failure(f"lost were, one after the other, {lost}")


@case("interop/export/output-fails", cost=2)
def output_fails(t):
    """A full disk, a reader that goes away, a terminal."""
    e = Export(t, "default")
    with open("/dev/full", "wb") as full:
        done = e.zlive("tank", ok=(1,), stdout=full)
    if b"No space left" not in done.stderr:
        raise Failure(done.stderr.decode())
    reader, writer = os.pipe()
    os.close(reader)
    done = e.zlive("tank", ok=(1,), stdout=writer)
    os.close(writer)
    if b"Broken pipe" not in done.stderr:
        raise Failure(done.stderr.decode())
    reader, terminal = pty.openpty()
    done = e.zlive("tank", ok=(2,), stdout=terminal)
    if b"terminal" not in done.stderr:
        raise Failure(done.stderr.decode())
    os.close(terminal)
    os.close(reader)


@case("interop/cat/ranges", cost=3)
def cat_ranges(t):
    """--offset and --length give what dd would; into a file holes stay holes."""
    e = Export(t, "default")
    with e.tar("tank") as tar:
        name, data = max(((m.name, tar.extractfile(m).read()) for m in tar if m.isfile()), key=lambda x: len(x[1]))
    target = f"tank:/{name.removeprefix('./')}"
    size = len(data)
    for offset, length in [(0, 1), (1, 1), (4095, 2), (100, size), (size - 1, 5), (size, 1), (size + 9, 9), (131071, 131074)]:
        found = zlive("cat", "-d", e.img, "--offset", str(offset), "--length", str(length), target).stdout
        if found != data[offset : offset + length]:
            raise Failure(f"{offset}, {length}: {len(found)} bytes, or others")
    if zlive("cat", "-d", e.img, "--length", "1K", target).stdout != data[:1024]:
        raise Failure("--length 1K")
    with open(t.dir / "copy", "wb") as copy:
        zlive("cat", "-d", e.img, target, stdout=copy)
    if (t.dir / "copy").read_bytes() != data:
        raise Failure("into a file: other contents")


def declare_huge():
    @case("interop/export/huge", cost=2)
    def huge(t):
        """A file of terabytes: neither its holes are read nor written, and tar makes them again."""
        needs_root_and_xattrs(t.dir)
        e = Export(t, "huge")
        archive = e.zlive("tank").stdout
        expected = expected_of(e.golden["datasets"]["tank"])["huge"]
        stored = sum(n for _, n, _ in expected["extents"])
        if len(archive) > stored + (1 << 20) or expected["size"] < 1 << 40:
            raise Failure(f"{len(archive)} bytes for {stored} of a file of {expected['size']}")
        (t.dir / "tree").mkdir()
        run("tar", "xpf", "-", "-C", t.dir / "tree", "./huge", input=archive)
        found = manifest.of_directory(t.dir / "tree")["huge"]
        manifest.compare({"huge": expected}, {"huge": found})


if "huge" in pools.names():
    declare_huge()
for pool in EXPORTED:
    for program in EXTRACT:
        declare(pool, program)
