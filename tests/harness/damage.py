# SPDX-License-Identifier: BSD-2-Clause
"""Damage to the image of a pool, taken back afterwards: labels, uberblocks, blocks, devices."""

import contextlib
import random
import struct
import subprocess

from .paths import BLOCKMAP

SEED = 20260722  # of the noise: a run that fails can be had again
LABEL = 256 << 10
RING = 128 << 10  # in a label: behind this much are the uberblocks, of the same size
DATA = 4 << 20  # behind the labels and the boot region
MAGIC = 0x00BAB10C


class Vdev:
    """A partition of the image, or all of it."""

    def __init__(self, start, size):
        self.start = start
        self.size = size

    def label(self, n):
        end = self.size // LABEL * LABEL
        return self.start + (n * LABEL if n < 2 else end - (4 - n) * LABEL), LABEL

    def data(self):
        return self.start + DATA, self.size // LABEL * LABEL - 2 * LABEL - DATA

    def whole(self):
        return self.start, self.size


def vdevs_of(img):
    """By the image's GPT; without one the image is the vdev."""
    with open(img, "rb") as f:
        f.seek(512)
        if f.read(8) != b"EFI PART":
            f.seek(0, 2)
            return [Vdev(0, f.tell())]
        f.seek(1024)
        table = f.read(128 * 128)
    found = []
    for at in range(0, len(table), 128):
        if table[at : at + 16] != bytes(16):
            first, last = struct.unpack_from("<QQ", table, at + 32)
            found.append(Vdev(first * 512, (last - first + 1) * 512))
    return found


def uberblocks(img, vdev):
    """[(txg, offset, 1024)] in all four rings; slots are of 1 KiB or larger, their starts tell."""
    found = []
    with open(img, "rb") as f:
        for n in range(4):
            start = vdev.label(n)[0] + RING
            f.seek(start)
            ring = f.read(RING)
            for at in range(0, RING, 1024):
                for order in "<>":
                    magic, _, txg = struct.unpack_from(order + "QQQ", ring, at)
                    if magic == MAGIC:
                        found.append((txg, start + at, 1024))
    return found


def root(img, vdev, uberblock):
    """[(offset, length)] of each copy of the block that this uberblock points to, on one disk, no gang block."""
    _, offset, length = uberblock
    with open(img, "rb") as f:
        f.seek(offset)
        words = struct.unpack_from("<6Q", f.read(length), 40)  # ub_rootbp's three addresses
    copies = zip(words[::2], words[1::2])
    return [(vdev.start + DATA + (where << 9), (size & 0xFFFFFF) << 9) for size, where in copies if size]


def newest_root(img, vdev):
    return root(img, vdev, max(uberblocks(img, vdev)))


def block_lines(img):
    """What reading the pool takes, in its order, as blocks() has it."""
    out = subprocess.run([BLOCKMAP, img], stdout=subprocess.PIPE, check=True).stdout
    return [tuple(map(int, line.split())) for line in out.splitlines()]


def blocks(img):
    """What reading the pool takes: {(type, level, copies, copy, side, offset, length)}."""
    return set(block_lines(img))


def indirect_blocks(img):
    """Of each block of a file's lowest pointers, on one disk, all copies: [[(offset, length)]]."""
    found = [b for b in block_lines(img) if b[:2] == (19, 1)]
    starts = [i for i, b in enumerate(found) if b[3] == 0]
    return [[b[5:] for b in found[i : i + found[i][2]]] for i in starts]


@contextlib.contextmanager
def damaged(img, ranges, noise=True):
    """The [(offset, length)] of img hold noise, or zeros, inside the with."""
    dice = random.Random(SEED)
    kept = []
    with open(img, "r+b") as f:
        for offset, length in ranges:
            f.seek(offset)
            kept.append((offset, f.read(length)))
        for offset, old in kept:
            f.seek(offset)
            f.write(dice.randbytes(len(old)) if noise else bytes(len(old)))
    try:
        yield
    finally:
        with open(img, "r+b") as f:
            for offset, old in reversed(kept):
                f.seek(offset)
                f.write(old)
