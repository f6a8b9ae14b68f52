# SPDX-License-Identifier: BSD-2-Clause
"""`zlive build` when things go wrong, and what it promises when they go right."""

import os
import shutil
import signal
import subprocess
import time

from harness import image, lab, manifest, source, stick
from harness.case import case
from harness.paths import PATIENCE, TREETOOL, ZLIVE, Failure, Skip
from harness.run import run, zlive


def say(done):
    return done.stderr.decode(errors="replace")


def check_failed(done, *texts):
    """A failure with status 1 and one clear message that has all of texts."""
    if done.returncode != 1:
        raise Failure(f"status {done.returncode}, not 1: {say(done)}")
    for text in texts:
        if text.lower() not in say(done).lower():
            raise Failure(f"the message does not say \"{text}\": {say(done)}")
    if len(say(done).strip().split("\n")) > 3:
        raise Failure(f"not one message: {say(done)}")


def check_nothing_left(folder, *expected):
    left = sorted(os.listdir(folder))
    if left != sorted(expected):
        raise Failure(f"left behind: {left}")


def plain_args(root, img, *options):
    return ["build", "--plain", "--root", str(root), "-o", str(img), "--size", "1G", *options]


def big_tree(path, megabytes):
    path.mkdir()
    for i in range(megabytes // 16):
        run(TREETOOL, "fill", path / f"file-{i}", "random", str(i), str(16 << 20))
    return path


# ---- failures ----


@case("interop/build/does-not-fit")
def does_not_fit(t):
    root = big_tree(t.dir / "root", 512)
    out = t.dir / "out"
    out.mkdir()
    done = zlive("build", "--plain", "--root", root, "-o", out / "stick.img", "--size", "512M", ok=None)
    check_failed(done)
    if "space" not in say(done) and "fit" not in say(done) and "small" not in say(done):
        raise Failure(f"the message does not say that it does not fit: {say(done)}")
    check_nothing_left(out)
    shutil.rmtree(root)


@case("interop/build/full-disk")
def full_disk(t):
    if os.geteuid() != 0:
        raise Skip("mounting a tmpfs needs root")
    root = big_tree(t.dir / "root", 96)
    out = t.dir / "out"
    out.mkdir()
    if run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", out, ok=None).returncode != 0:
        raise Skip("no tmpfs can be mounted here")
    try:
        (out / "stick.img").write_text("what was there before")
        done = zlive(*plain_args(root, out / "stick.img"), ok=None)
        check_failed(done, "space")
        check_nothing_left(out, "stick.img")
        if (out / "stick.img").read_text() != "what was there before":
            raise Failure("the file that was there before is gone")
    finally:
        run("umount", out)
    shutil.rmtree(root)


@case("interop/build/unreadable-source")
def unreadable_source(t):
    root = t.dir / "root"
    root.mkdir(mode=0o755)
    (root / "readable").write_text("x")
    (root / "secret").write_text("x")
    (root / "secret").chmod(0)
    out = t.dir / "out"
    out.mkdir()
    argv = [ZLIVE, *plain_args(root, out / "stick.img")]
    if os.geteuid() == 0:
        os.chown(out, 65534, 65534)
        argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *argv]
    done = run(*argv, ok=None)
    if done.returncode in (126, 127):
        raise Skip("no other user may run the program here")
    check_failed(done, "secret", "permi")
    check_nothing_left(out)


@case("interop/build/source-changes", cost=20)
def source_changes(t):
    root = big_tree(t.dir / "root", 64)
    out = t.dir / "out"
    out.mkdir()
    writer = os.fork()
    if writer == 0:
        while True:
            with open(root / "file-1", "ab") as f:
                f.write(b"more")
            time.sleep(0.001)
    try:
        # Compressed so slowly that the file takes seconds to be read: the writer gets its turn.
        done = zlive(*plain_args(root, out / "stick.img", "--compression", "zstd-19"), ok=None)
    finally:
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
    check_failed(done, "file-1", "chang")
    check_nothing_left(out)


@case("interop/build/no-such-source")
def no_such_source(t):
    out = t.dir / "out"
    out.mkdir()
    check_failed(zlive(*plain_args(t.dir / "nowhere", out / "stick.img"), ok=None), "nowhere", "no such")
    tar = t.dir / "cut.tar"
    source.make_tar(tar)
    os.truncate(tar, 5000)
    check_failed(zlive(*plain_args(tar, out / "stick.img"), ok=None), "cut.tar")
    (t.dir / "noise.tar").write_bytes(os.urandom(20000))
    check_failed(zlive(*plain_args(t.dir / "noise.tar", out / "stick.img"), ok=None), "noise.tar")
    check_nothing_left(out)
    check_failed(zlive(*plain_args(tar, t.dir / "no-folder/stick.img"), ok=None), "no-folder")


@case("interop/build/no-kernel")
def tree_without_kernel(t):
    root = t.dir / "root"
    root.mkdir()
    done = zlive("build", "--root", root, "-o", t.dir / "stick.img", ok=None)
    check_failed(done, "kernel")
    if (t.dir / "stick.img").exists():
        raise Failure("an image without a kernel")


def stopped_by(t, sig, may_leave):
    root = big_tree(t.dir / "root", 320)
    out = t.dir / "out"
    out.mkdir()
    argv = [ZLIVE, *plain_args(root, out / "stick.img", "--compression", "zstd-19")]
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1.5)
    if proc.poll() is not None:
        raise Failure(f"it ended too early for this test: {proc.stdout.read()}")
    proc.send_signal(sig)
    text = proc.communicate(timeout=60 * PATIENCE)[0]
    if proc.returncode == 0:
        raise Failure("status 0 although it was stopped")
    if (out / "stick.img").exists():
        raise Failure("an image under the final name")
    left = os.listdir(out)
    if left and not may_leave:
        raise Failure(f"left behind: {left}; it said: {text}")
    shutil.rmtree(root)


@case("interop/build/sigterm")
def stopped_by_sigterm(t):
    stopped_by(t, signal.SIGTERM, False)


@case("interop/build/sigint")
def stopped_by_sigint(t):
    stopped_by(t, signal.SIGINT, False)


@case("interop/build/sigkill")
def stopped_by_sigkill(t):
    stopped_by(t, signal.SIGKILL, True)


# ---- promises ----


@case("interop/build/reproducible", needs=["source_small"], cost=10)
def reproducible(t):
    """The same bytes again, with one thread, from another place, and from a pipe."""
    copy = t.dir / "elsewhere"
    run("cp", "-a", t.source_small, copy)
    first = stick.build_plain(t.source_small, t.dir / "first.img")
    wanted = image.sha256(first)
    stick.build_plain(copy, t.dir / "second.img")
    env = dict(os.environ, SOURCE_DATE_EPOCH=stick.EPOCH)
    argv = [*plain_args(t.source_small, t.dir / "third.img"), "--seed", stick.SEED, "--cmdline", stick.CONSOLE]
    run("taskset", "-c", "0", ZLIVE, *argv, env=env)
    for name in ("second.img", "third.img"):
        if image.sha256(t.dir / name) != wanted:
            raise Failure(f"{name} differs from the first image")
    stick.build_plain(t.source_small, t.dir / "other.img", "--seed", "8")
    if image.sha256(t.dir / "other.img") == wanted:
        raise Failure("another seed gives the same image")
    for img in t.dir.glob("*.img"):
        img.unlink()


@case("interop/build/tar", needs=["lab"], cost=13)
def from_tar(t):
    """Owners, devices and attributes come through a tar without root, from a file and from a pipe."""
    tar = t.dir / "source.tar"
    expected = source.make_tar(tar)
    img = stick.build_plain(tar, t.dir / "stick.img")
    piped = t.dir / "piped.img"
    with open(tar, "rb") as f:
        stick.build("-", piped, "--plain", stdin=f)
    if image.sha256(img) != image.sha256(piped):
        raise Failure("the tar from a pipe gives another image")
    script = """
    zpool import -d /dev -o readonly=on -N -R /mnt/p zlive
    zfs mount zlive/ROOT/debian
    treetool manifest /mnt/p >/tmp/out/read
    """
    found = manifest.parse((lab.run_job(t, t.lab, script, [img]) / "read").read_text())
    for path, fields in expected.items():
        for key, value in fields.items():
            if path not in found or found[path].get(key) != value:
                raise Failure(f"{path}: {key} is {found.get(path, {}).get(key)!r:.200}, not {value!r:.200}")
    extra = set(found) - set(expected) - {"", "implied", "home", "var"}
    if extra:
        raise Failure(f"not in the tar: {sorted(extra)}")


@case("interop/build/memory", needs=["source_large"], cost=70)
def memory_is_bounded(t):
    """100,000 entries and a gigabyte of data take less than 512 MiB."""
    big = t.dir / "big"
    shutil.copytree(t.source_large / "attrs", big / "attrs", symlinks=True)
    for i in range(4):
        (big / "many").mkdir(exist_ok=True)
        run(TREETOOL, "many", big / "many", "100000", f"{i}-")
    for i in range(8):
        run(TREETOOL, "fill", big / f"data-{i}", "text", str(i), str(128 << 20))
    img = t.dir / "stick.img"
    pid = os.fork()
    if pid == 0:
        os.execv(ZLIVE, [str(ZLIVE), *plain_args(big, img, "--size", "4G")])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise Failure(f"status {os.waitstatus_to_exitcode(status)}")
    peak = usage.ru_maxrss // 1024
    print(f"peak: {peak} MiB")
    if peak >= 512:
        raise Failure(f"it took {peak} MiB of memory")
    img.unlink()
    shutil.rmtree(big)


def declare_size(size, *options):
    @case(f"interop/build/size-{size}", needs=["source_small", "lab"], cost=12)
    def any_size(t):
        img = t.dir / "stick.img"
        try:
            with open(img, "wb") as f:
                f.truncate(int(size[:-1]) << {"G": 30, "T": 40}[size[-1]])
        except OSError as e:
            raise Skip(f"no file of {size} here: {e}") from None
        img.unlink()
        stick.build_plain(t.source_small, img, *options, size=size)
        used = os.stat(img).st_blocks * 512
        if used > 200 << 20:
            raise Failure(f"the image of {size} takes {used >> 20} MiB: it is not sparse")
        script = """
        zpool import -d /dev -N -R /mnt/p zlive
        zpool list -v
        zfs mount zlive/ROOT/debian
        treetool manifest /mnt/p >/tmp/out/read
        zpool scrub -w zlive
        zpool status zlive | grep 'errors: No known data errors'
        echo written >/mnt/p/written
        zpool export zlive
        """
        out = lab.run_job(t, t.lab, script, [img])
        manifest.compare(manifest.of_directory(t.source_small), manifest.parse((out / "read").read_text()))
        img.unlink()


declare_size("1G")
declare_size("64G", "--ashift", "9")
declare_size("15T")
