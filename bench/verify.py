# SPDX-License-Identifier: BSD-2-Clause
"""`zlive verify` against `zdb -bcc` on the same pool: both read and verify every block; zdb also adds
up the space maps. The pool is what `zlive build --plain --root` makes of the Debian tree."""

import os
import shutil
import statistics
import time

from harness import image
from harness.paths import WORK, Failure
from harness.run import run, zlive


def timed(command, **kwargs):
    start = time.monotonic()
    done = command(**kwargs)
    return time.monotonic() - start, (done.stdout + done.stderr).decode(errors="replace")


def bench(report, make):
    if not shutil.which("zdb"):
        raise Failure("no zdb (package zfsutils-linux)")
    disk, folder = WORK / "bench-verify.img", WORK / "bench-verify"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    zlive("build", "--plain", "--root", make("tree"), "-o", disk, "--size", "4G", "--quiet", limit=1800)
    start, size = image.zfs_partition(disk)
    run("dd", f"if={disk}", f"of={folder}/vdev", "bs=1M", "iflag=skip_bytes,count_bytes", f"skip={start}", f"count={size}", "conv=sparse")
    disk.unlink()
    ratios, times = [], []
    for _ in range(int(os.environ.get("ZLIVE_BENCH_ROUNDS", "3"))):
        theirs, text = timed(lambda: run("zdb", "-e", "-p", folder, "-bcc", "zlive", limit=1800))
        if "No leaks" not in text:
            raise Failure(f"zdb: {text[-1000:]}")
        ours, text = timed(lambda: zlive("verify", "-d", folder, limit=1800))
        if "no damage" not in text:
            raise Failure(f"zlive: {text[-1000:]}")
        ratios.append(theirs / ours)
        times.append(f"{ours:.2f}/{theirs:.2f}")
    shutil.rmtree(folder)
    print(f"zlive/zdb seconds {', '.join(times)}; {text.strip()}")
    report("verify: speed over zdb's, median", statistics.median(ratios), 3.0, smaller=False)
