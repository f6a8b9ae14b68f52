# SPDX-License-Identifier: BSD-2-Clause
"""zlive verify: it visits the same blocks as `zdb -bcc`, and says what suffers when copies are bad."""

import json
import lzma
import os
import re
import shutil

from harness import image
from harness.case import case
from harness.paths import GOLDEN, Failure
from harness.run import run, zlive


def unpack(name, path):
    with lzma.open(GOLDEN / f"{name}.img.xz") as src, open(path, "wb") as dst:
        shutil.copyfileobj(src, dst, 1 << 20)
    run("fallocate", "--dig-holes", path)
    return path


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


def zdb_totals(folder, pool):
    """What zdb counts, with the pending frees that its sums include."""
    text = run("zdb", "-e", "-p", folder, "-bcc", pool, limit=300).stdout.decode(errors="replace")
    found = {}
    for key, word in (
        ("count", "bp count"),
        ("gangs", "ganged count"),
        ("logical", "bp logical"),
        ("physical", "bp physical"),
        ("allocated", "bp allocated"),
        ("embedded", "additional, non-pointer bps of type 0"),
    ):
        m = re.search(rf"{word}:\s+(\d+)", text)
        found[key] = int(m.group(1)) if m else 0
    return found


def verify(*argv, ok=(0,)):
    done = zlive("verify", "--json", *argv, ok=ok)
    return json.loads(done.stdout)[0]


if __name__ == "__main__":
    pass
