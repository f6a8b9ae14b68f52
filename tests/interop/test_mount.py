# SPDX-License-Identifier: BSD-2-Clause
"""zlive mount: what programs see through it is what OpenZFS showed of the same pool."""

import contextlib
import errno
import os
import pathlib
import shutil
import signal
import subprocess
import time

from harness import manifest, mounts
from harness.case import case
from harness.golden import take
from harness.paths import PATIENCE, ZLIVE, Failure, Skip
from harness.run import run

# An inode number holds the dataset, too, except in the one that is mounted.
COMPARED = [*manifest.KEPT, "atime", "ctime"]


def need_fuse():
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Skip("/dev/fuse is missing or may not be used")
    if not shutil.which("fusermount3"):
        raise Skip("fusermount3 is missing")


def path_in(top, path):
    """A path as manifests write it, one character per byte."""
    return top / os.fsdecode(path.encode("latin1"))


def is_mounted(path):
    return str(path) in mounts.points(path)


def wait_unmounted(path):
    end = time.monotonic() + 10 * PATIENCE
    while is_mounted(path):
        if time.monotonic() > end:
            raise Failure(f"{path} is still mounted")
        time.sleep(0.05)


@contextlib.contextmanager
def mounted(t, img, *args):
    """The pool of img, mounted by a command that has gone into the background."""
    need_fuse()
    at = (t.dir / "mnt").resolve()
    at.mkdir(exist_ok=True)
    done = run(ZLIVE, "mount", "-d", img, *args, at)
    # What stays locked is told, and no error.
    if done.stdout or any("is encrypted" not in line for line in done.stderr.decode().splitlines()):
        raise Failure(f"mount said {done.stdout!r} {done.stderr!r}")
    try:
        yield at
    finally:
        if is_mounted(at):
            run("fusermount3", "-u", at)
        wait_unmounted(at)


@contextlib.contextmanager
def fails(number, what):
    """What is done within fails with that errno."""
    try:
        yield
    except OSError as e:
        if e.errno != number:
            raise
    else:
        raise Failure(what)


def place_of(golden, dataset):
    """Where a dataset or snapshot is below the pool's mount."""
    name, _, snapshot = dataset.partition("@")
    path = name.partition("/")[2]
    return f"{path}/.zfs/snapshot/{snapshot}".lstrip("/") if snapshot else path


def children_of(golden, dataset):
    """The first parts of the names below a dataset, which its root directory shows."""
    names = {p[0] for p in golden["properties"] if p[1] == "type" and "@" not in p[0] and "#" not in p[0]}
    return {n[len(dataset) + 1 :].split("/")[0] for n in names if n.startswith(dataset + "/")}


def check_tree(whole, at, golden, dataset, kept):
    """One file system or snapshot. whole: the manifest of all that is mounted, without snapshots."""
    place = place_of(golden, dataset)
    expected = manifest.parse(golden["datasets"][dataset])
    children = ()
    if "@" in dataset:
        found = manifest.of_directory(at / place)
    else:
        prefix = place + "/" if place else ""
        found = {p[len(prefix) :]: e for p, e in whole.items() if p.startswith(prefix)}
        found[""] = whole[place]
        # A child covers what its parent has of that name, as where it is mounted.
        children = children_of(golden, dataset)
        for path in [p for p in expected if p.split("/")[0] in children]:
            del expected[path]
    try:
        manifest.compare(expected, found, kept, may_add=children)
    except Failure as e:
        raise Failure(f"{dataset}: {e}") from None


def declare(name):
    @case(f"interop/mount/{name}", cost=2)
    def equals_openzfs(t):
        img, golden = take(t, name)
        # Reading the manifest in a pool that was then left as it was moved access times on.
        kept = [k for k in COMPARED if k != "atime"] if name == "foreign-inuse" else COMPARED
        pool = next(iter(golden["datasets"])).split("/")[0]
        with mounted(t, img, pool) as at:
            whole = manifest.of_directory(at)
            for dataset in golden["datasets"]:
                check_tree(whole, at, golden, dataset, kept)
        img.unlink()


for pool in ("default", "datasets", "zaps", "xattrs", "recordsize", "old", "foreign-exported"):
    declare(pool)


@case("interop/mount/programs", cost=10)
def programs_find_what_they_expect(t):
    """Hidden .zfs, names in pieces, holes, volumes, statfs, xattrs, cp -a, and no writing."""
    img, golden = take(t, "default")
    with mounted(t, img, "tank") as at:
        if ".zfs" in os.listdir(at) or not (at / ".zfs/snapshot").is_dir():
            raise Failure("/.zfs is not hidden, or is not there")
        for path, number in (("new", errno.EROFS), (".zfs/snapshot/none", errno.ENOENT), ("x" * 300, errno.ENAMETOOLONG)):
            with fails(number, f"{path[:20]}: opened"):
                (at / path).open("x" if path == "new" else "r")
        copy = t.dir / "copy"
        run("cp", "-a", at, copy)
        manifest.compare(manifest.of_directory(at), manifest.of_directory(copy), [k for k in manifest.KEPT])
        sparse = next((p for p, e in manifest.of_directory(at).items() if p.endswith("all-hole")), None)
        if sparse is None:
            raise Failure("the pool has no file all-hole")
        with open(at / sparse, "rb") as f:
            size = os.fstat(f.fileno()).st_size
            if f.seek(0, os.SEEK_HOLE) != 0 or os.lseek(f.fileno(), size - 1, os.SEEK_HOLE) != size - 1:
                raise Failure("SEEK_HOLE finds no hole in a file that is one")
            with fails(errno.ENXIO, "SEEK_DATA found something in a hole"):
                f.seek(0, os.SEEK_DATA)
        facts = {p[1]: p[2] for p in golden["properties"] if p[0] == "tank"}
        st = os.statvfs(at)
        if st.f_blocks * st.f_frsize != int(facts["referenced"]) or st.f_bavail != 0:
            raise Failure(f"statfs: {st}")


@case("interop/mount/volume", cost=5)
def volumes_are_files(t):
    img, golden = take(t, "datasets")
    size = int(next(p[2] for p in golden["properties"] if p[0] == "tank/volume" and p[1] == "volsize"))
    with mounted(t, img, "tank") as at:
        for name in ("volume", "volume@all"):
            data = (at / name).read_bytes()
            if data != bytes(size):
                raise Failure(f"{name}: {len(data)} bytes, or not zeros, of {size}")
        if "volume@all" in os.listdir(at):
            raise Failure("a snapshot of a volume is listed")
    with mounted(t, img, "tank/volume") as at:
        if os.listdir(at) != ["volume"] or (at / "volume").stat().st_size != size:
            raise Failure(f"a volume by itself: {os.listdir(at)}")
    with mounted(t, img, "tank/ROOT/three@second") as at:
        if sorted(os.listdir(at)) != ["boot", "file"] or (at / "file").read_text() != "second\n":
            raise Failure(f"a snapshot by itself: {os.listdir(at)}")


@case("interop/mount/readers-at-once", cost=10)
def readers_at_once(t):
    """Several programs reading from front to end and all over the place get the same bytes."""
    img, golden = take(t, "codecs")
    with mounted(t, img, "tank") as at:
        wanted = {}
        for dataset, entries in golden["datasets"].items():
            for e in manifest.parse(entries).values():
                if e["type"] == "f" and e["size"] > 100000:
                    wanted[at / place_of(golden, dataset) / e["path"]] = e["sha256"]
        if len(wanted) < 4:
            raise Failure(f"too few files to read: {wanted}")
        paths = [str(p) for p in wanted] * 2
        readers = [subprocess.Popen(["sha256sum", p], stdout=subprocess.PIPE) for p in paths[:12]]
        for p in wanted:
            data = pathlib.Path(p).read_bytes()
            with open(p, "rb") as f:
                for i in range(0, len(data), 77777):
                    offset = (i * 31) % len(data)
                    f.seek(offset)
                    if f.read(5000) != data[offset : offset + 5000]:
                        raise Failure(f"{p}: other bytes at {offset}")
        for p, reader in zip(paths, readers):
            out = reader.communicate(timeout=60 * PATIENCE)[0].decode()
            if out.split()[0].lstrip("\\") != wanted[pathlib.Path(p)]:
                raise Failure(f"{p}: {out}")


@case("interop/mount/ends", cost=5)
def every_end_is_clean(t):
    """By a signal, by unmounting, by a crash; errors before the start are told to who started it."""
    need_fuse()
    img, _ = take(t, "default")
    at = (t.dir / "mnt").resolve()
    at.mkdir()
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, None):
        child = subprocess.Popen([ZLIVE, "mount", "-f", "-d", img, "tank", at], stderr=subprocess.PIPE)
        limit = time.monotonic() + 20 * PATIENCE
        while not is_mounted(at):
            if child.poll() is not None or time.monotonic() > limit:
                raise Failure(f"not mounted: {child.communicate()[1].decode()}")
            time.sleep(0.05)
        os.listdir(at)
        if end is None:
            run("fusermount3", "-u", at)
        else:
            child.send_signal(end)
        status = child.wait(timeout=20 * PATIENCE)
        if status != (-end if end == signal.SIGKILL else 0):
            raise Failure(f"after {end}: status {status}, {child.stderr.read().decode()}")
        if end == signal.SIGKILL:
            with fails(errno.ENOTCONN, "a dead mount lists files"):
                os.listdir(at)
            run("fusermount3", "-u", at)
        child.stderr.close()
        wait_unmounted(at)
    for args, text in (
        (["-d", img, "tank/none", at], "tank/none"),
        (["-d", img, "tank", t.dir / "none"], "none"),
        (["-d", t.dir / "none.img", at], "none.img"),
        (["-d", img, "tank:/x", at], "dataset"),
        (["-d", img, "-o", "nonsense", "tank", at], "nonsense"),
    ):
        done = run(ZLIVE, "mount", *args, ok=(1,))
        if text not in done.stderr.decode() or is_mounted(at):
            raise Failure(f"{args}: {done.stderr.decode()}")


@case("interop/mount/damaged-file", cost=5)
def a_damaged_file_is_an_error_of_its_own(t):
    """A bad block of one file: EIO there, its other pages and all other files are whole."""
    img, golden = take(t, "default")
    with mounted(t, img, "tank") as at:
        contents = {p: path_in(at, p).read_bytes() for p, e in manifest.of_directory(at).items() if e["type"] == "f"}
    # What is random in it does not compress, and is in its block as it is.
    bad, random, block = contents["sparse"], 10000000, 10000000 // 131072 * 131072
    piece = bad[random + 1000 : random + 3000]
    data = img.read_bytes()
    if data.count(piece) != 1:
        raise Failure(f"what is to be damaged is in {data.count(piece)} places")
    with open(img, "r+b") as f:
        f.seek(data.find(piece) + 100)
        f.write(b"damage")
    with mounted(t, img, "tank") as at:
        for path, content in contents.items():
            if path != "sparse" and path_in(at, path).read_bytes() != content:
                raise Failure(f"{path}: other bytes")
        with open(at / "sparse", "rb") as f:
            if f.read(block) != bad[:block]:
                raise Failure("its other blocks are not read")
            with fails(errno.EIO, "the bad block is read"):
                f.read()


@case("interop/mount/key", cost=5)
def an_encrypted_file_system_is_read_with_its_key(t):
    img, _ = take(t, "datasets")
    key = t.dir / "key"
    key.write_text("secretsecret")
    with mounted(t, img, "--key-file", f"tank/secret={key}", "tank") as at:
        for path in ("secret/file", "secret/.zfs/snapshot/all/file"):
            if (at / path).read_text() != "hidden\n":
                raise Failure(f"{path}: {(at / path).read_text()!r}")
    with mounted(t, img, "tank") as at:
        with fails(errno.ENOKEY, "without the key its files are listed"):
            os.listdir(at / "secret")


@case("interop/mount/lookups", cost=5)
def names_are_found_as_openzfs_finds_them(t):
    """With and without case, in every normal form, in micro and fat ZAPs: what OpenZFS found."""
    img, _ = take(t, "lookups")
    wrong, asked, found = [], 0, 0
    with mounted(t, img, "tank") as at:
        for line in (at / "lookups").read_bytes().splitlines():
            fs, name, wanted = line.split(b"\t")
            try:
                # Below the number of the dataset is that of the file.
                got = b"%d" % (os.stat(os.path.join(os.fsencode(at), fs, name)).st_ino & ((1 << 40) - 1))
            except FileNotFoundError:
                got = b"-"
            if got != wanted:
                wrong.append(f"{fs.decode()}: {name.decode()} is {got.decode()}, not {wanted.decode()}")
            asked += 1
            found += wanted != b"-"
    if wrong:
        raise Failure("\n".join(wrong))
    if asked < 500 or not asked // 4 < found < asked:
        raise Failure(f"{asked} questions, {found} found: they show little")
