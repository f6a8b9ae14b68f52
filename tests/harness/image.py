# SPDX-License-Identifier: BSD-2-Clause
"""Disk images: where their partitions are, copies, hashes."""

import hashlib
import struct

from .paths import Failure
from .run import run

ZFS_TYPE = bytes.fromhex("c38c896ad21db21199a6080020736631")  # 6A898CC3-..., as it lies on disk


def partitions(image):
    """(type GUID bytes, start, size) of each GPT partition, in bytes; 512 or 4096 byte sectors."""
    with open(image, "rb") as f:
        for sector in (512, 4096):
            f.seek(sector)
            header = f.read(92)
            if header[:8] == b"EFI PART":
                break
        else:
            raise Failure(f"{image}: no GPT")
        lba, count, entry = struct.unpack_from("<QII", header, 72)
        f.seek(lba * sector)
        table = f.read(count * entry)
    found = []
    for i in range(count):
        kind, _, first, last = struct.unpack_from("<16s16sQQ", table, i * entry)
        if kind != bytes(16):
            found.append((kind, first * sector, (last - first + 1) * sector))
    return found


def zfs_partition(image):
    """(start, size) in bytes of the partition with the pool."""
    for kind, start, size in partitions(image):
        if kind == ZFS_TYPE:
            return start, size
    raise Failure(f"{image}: no ZFS partition")


def copy(image, path):
    """A sparse copy."""
    run("cp", "--sparse=always", image, path)
    return path


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for piece in iter(lambda: f.read(1 << 20), b""):
            h.update(piece)
    return h.hexdigest()
