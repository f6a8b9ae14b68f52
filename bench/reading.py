# SPDX-License-Identifier: BSD-2-Clause
"""Reading pools against peers: cat against GRUB and against the limit, export against unsquashfs.

The pools are OpenZFS's own, made in the lab from files of the Debian tree. All is in the page cache.
"""

import functools
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time

from harness import lab
from harness.case import FIXTURES, Case, fixture
from harness.paths import BUILD, TOP, WORK, ZLIVE, Failure
from harness.run import run

BIG = 200 << 20
CODECS = ["off", "lz4", "gzip"]
TREE = ["usr/share", "usr/bin", "usr/include", "etc"]
ROUNDS = int(os.environ.get("ZLIVE_BENCH_ROUNDS", "5"))

CAT_POOL = """
zpool create -f -o ashift=12 -o compatibility=grub2 -O atime=off -O mountpoint=none -R /mnt bench /dev/vdc1
for c in off lz4 gzip; do
	zfs create -o compression=$c -o mountpoint=/$c bench/$c
	dd if=/dev/vdd of=/mnt/$c/big bs=1M count=200
	sync
done
zpool export bench
"""

EXPORT_POOL = """
zpool create -f -o ashift=12 -O atime=off -O xattr=sa -O mountpoint=none -R /mnt bench /dev/vdc1
for c in zstd lz4; do
	zfs create -o compression=$c -o mountpoint=/$c bench/$c
	tar xf /dev/vdd -C /mnt/$c
	sync
done
zpool export bench
"""


def make_disk(path, size):
    path.unlink(missing_ok=True)  # of an older version of the fixture
    run("truncate", "-s", size, path)
    run("sgdisk", "-n1:2048:-1M", "-t1:6A898CC3-1DD2-11B2-99A6-080020736631", path)


def in_lab(name, script, disks):
    lab.run_job(Case(f"bench/{name}", None, (), 0), FIXTURES["lab"].value(), script, disks, limit=1800)


@fixture("bench_cat_pool", needs=["tree", "lab"])
def make_cat_pool(path):
    """[disk, file]: a pool that GRUB reads, with the file in three datasets."""
    big, tree = WORK / "bench-big", FIXTURES["tree"].value()
    left = BIG
    with open(big, "wb") as out:
        for source in sorted(tree.glob("usr/lib/**/*")):
            if left > 0 and source.is_file() and not source.is_symlink():
                left -= out.write(source.read_bytes()[:left])
    if left:
        raise Failure("the tree has too few files")
    make_disk(path, "1G")
    in_lab("cat-pool", CAT_POOL, [path, big])
    return [path, big]


@fixture("bench_export_pool", needs=["tree", "lab"])
def make_export_pool(path):
    """[disk, folder]: a pool with a tree, compressed by zstd and by lz4, and the same as a folder."""
    tar, folder = WORK / "bench-tree.tar", WORK / "bench-tree"
    run("tar", "cf", tar, "-C", FIXTURES["tree"].value(), *TREE)
    run("truncate", "-s", "%1M", tar)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    run("tar", "xpf", tar, "-C", folder)
    make_disk(path, "2G")
    in_lab("export-pool", EXPORT_POOL, [path, tar])
    tar.unlink()
    return [path, folder]


@functools.cache
def before_all():
    """Where it may be, both sides run before everything else on the machine."""
    alone = ["chrt", "-r", "5"]
    return alone if run(*alone, "true", ok=None).returncode == 0 else []


def timed(command):
    """Seconds of a command, or of several in a pipe."""
    if set(command) & set("|<"):
        argv = ["bash", "-o", "pipefail", "-c", command]
    else:
        argv = shlex.split(command)
    argv = before_all() + argv
    start = time.monotonic()
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    took = time.monotonic() - start
    if done.returncode:
        raise Failure(f"{command}: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    return took


def alternating(sides, rounds=ROUNDS):
    """{name: seconds, the median of alternating rounds} of functions; one round before does not count."""
    times = {name: [] for name in sides}
    for i in range(rounds + 1):
        for name, side in sides.items():
            took = side()
            if i > 0:
                times[name].append(took)
    for name, t in times.items():
        print(f"  {name}: " + " ".join(f"{s:.3f}" for s in t) + " s", flush=True)
    return {name: statistics.median(t) for name, t in times.items()}


def check_equal(command, big):
    run("sh", "-c", f"{command} | cmp - {big}")


def warm_copy(disk):
    """A copy all of which is in the page cache, where the lab's may have been dropped from."""
    copy = WORK / "bench-warm.img"
    copy.unlink(missing_ok=True)
    run("cp", "--sparse=always", disk, copy)
    return copy


def cat(report, make):
    for program in ("grub-fstest", "sgdisk"):
        if not shutil.which(program):
            raise Failure(f"no {program}")
    run("ninja", "-C", BUILD, "bench/limit", "bench/blocks", cwd=TOP)
    pool, big = make("bench_cat_pool")
    for codec in CODECS:
        disk = warm_copy(pool)
        ours = f"{ZLIVE} cat -d {disk} bench/{codec}:/big"
        grub = f"grub-fstest {disk} cat '(loop0,gpt1)/{codec}@/big'"
        check_equal(ours, big)
        check_equal(grub, big)
        blocks = WORK / "bench-blocks"
        run("sh", "-c", f"{BUILD}/bench/blocks {disk} bench/{codec} /big >{blocks}")
        limit = f"{BUILD}/bench/limit {disk} {blocks}"
        check_equal(limit, big)
        print(f"{codec}:")
        t = alternating(
            {
                "zlive cat": lambda: timed(ours),
                "grub-fstest": lambda: timed(grub),
                "limit": lambda: timed(limit),
            },
            3 * ROUNDS,  # of a few milliseconds each
        )
        report(f"{codec}: speed over grub-fstest's", t["grub-fstest"] / t["zlive cat"], 5, smaller=False)
        report(f"{codec}: speed over the limit's", t["limit"] / t["zlive cat"], 0.8, smaller=False)


def in_empty(folder, command):
    """Seconds of a command that fills a folder, which is emptied before, untimed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return timed(command)


def same_tree(a, b):
    """Names, types, sizes and contents."""
    run("diff", "-r", "--no-dereference", a, b)


def export_from(report, disk, folder, shm):
    """One after the other in memory: making files on a disk would be most of the time."""
    squash, tar, out = f"{shm}/squashfs", f"{shm}/tar", pathlib.Path(shm) / "out"
    run("cp", "--sparse=always", disk, f"{shm}/pool")
    for codec, level in (("zstd", ["-Xcompression-level", "3"]), ("lz4", [])):
        run("mksquashfs", folder, squash, "-comp", codec, *level, "-b", "128K", "-noappend", "-no-progress", "-quiet")
        stream = f"{ZLIVE} export -q -d {shm}/pool bench/{codec}"
        run("sh", "-c", f"{stream} >{tar}")
        sides = {
            "zlive export | tar -xp": f"{stream} | tar -xp -C {out}",
            "unsquashfs": f"unsquashfs -f -quiet -no-progress -d {out} {squash}",
            "zlive export | cat": f"{stream} | cat",
            "tar -xp alone": f"tar -xp -C {out} <{tar}",
        }
        in_empty(out, sides["zlive export | tar -xp"])
        same_tree(folder, out)
        print(f"{codec}:")
        t = alternating({name: lambda c=command: in_empty(out, c) for name, command in sides.items()})
        print(f"  speed of the stream alone over unsquashfs': {t['unsquashfs'] / t['zlive export | cat']:.3f}")
        print(f"  speed of tar alone, from a file in memory, over unsquashfs': {t['unsquashfs'] / t['tar -xp alone']:.3f}")
        report(f"{codec}: speed with tar over unsquashfs'", t["unsquashfs"] / t["zlive export | tar -xp"], 0.8, smaller=False)


def export(report, make):
    if not shutil.which("mksquashfs"):
        raise Failure("no mksquashfs (package squashfs-tools)")
    disk, folder = make("bench_export_pool")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="zlive-bench-") as shm:
        export_from(report, disk, folder, shm)
