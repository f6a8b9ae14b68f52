# SPDX-License-Identifier: BSD-2-Clause
"""Makes vdev labels and cache files lie: a decoder and encoder of XDR nvlists, and the label's sum.

Layouts as OpenZFS has them in module/nvpair/nvpair.c and include/sys/vdev_impl.h.
"""

import hashlib
import struct

from .paths import Failure

UINT64, STRING, NVLIST, NVLIST_ARRAY = 8, 9, 19, 20

LABEL = 256 << 10  # one label
PHYS_OFFSET, PHYS_SIZE = 16 << 10, 112 << 10  # the nvlist in it, with its checksum at the end
ECK_MAGIC = 0x0210DA7AB10C7A11


class NvList:
    """Pairs in their order: [name, type, count, value]; a value of another type is kept as bytes."""

    def __init__(self, version=0, flags=1):
        self.version, self.flags, self.pairs = version, flags, []

    def get(self, name):
        for pair in self.pairs:
            if pair[0] == name:
                return pair[3]
        raise Failure(f"nvlist: no {name}")

    def set_string(self, name, text):
        for pair in self.pairs:
            if pair[0] == name:
                pair[3] = text
                return
        self.pairs.append([name, STRING, 1, text])


def _pad(n):
    return -n % 4


def _decode_list(data, at):
    nv = NvList(*struct.unpack_from(">ii", data, at))
    at += 8
    while True:
        size, decoded = struct.unpack_from(">ii", data, at)
        if size == 0 and decoded == 0:
            return nv, at + 8
        end = at + size
        (length,) = struct.unpack_from(">i", data, at + 8)
        name = data[at + 12 : at + 12 + length].decode()
        pos = at + 12 + length + _pad(length)
        kind, count = struct.unpack_from(">ii", data, pos)
        pos += 8
        if kind == UINT64:
            value = struct.unpack_from(">Q", data, pos)[0]
        elif kind == STRING:
            (length,) = struct.unpack_from(">i", data, pos)
            value = data[pos + 4 : pos + 4 + length].decode()
        elif kind == NVLIST:
            value, _ = _decode_list(data, pos)
        elif kind == NVLIST_ARRAY:
            value = []
            for _ in range(count):
                child, pos = _decode_list(data, pos)
                value.append(child)
        else:
            value = (decoded, data[pos:end])
        nv.pairs.append([name, kind, count, value])
        at = end


def decode(data):
    if data[0] != 1:
        raise Failure("nvlist: not XDR")
    return _decode_list(data, 4)[0]


def _text(text):
    raw = text.encode()
    return struct.pack(">i", len(raw)) + raw + b"\0" * _pad(len(raw))


def _encode_pair(name, kind, count, value):
    def align(n):
        return (n + 7) & ~7

    native = align(16 + len(name) + 1)  # what the pair takes in memory, by its native layout
    if kind == UINT64:
        body, native = struct.pack(">Q", value), native + 8
    elif kind == STRING:
        body, native = _text(value), native + align(len(value.encode()) + 1)
    elif kind == NVLIST:
        body, native = _encode_list(value), native + 24
    elif kind == NVLIST_ARRAY:
        body, native = b"".join(_encode_list(v) for v in value), native + count * (24 + 8)
    else:
        native, body = value
    rest = _text(name) + struct.pack(">ii", kind, count) + body
    return struct.pack(">ii", len(rest) + 8, native) + rest


def _encode_list(nv):
    pairs = b"".join(_encode_pair(*p) for p in nv.pairs)
    return struct.pack(">ii", nv.version, nv.flags) + pairs + b"\0" * 8


def encode(nv):
    return b"\1\1\0\0" + _encode_list(nv)


def leaf_vdevs(tree):
    """The leaves of a vdev_tree nvlist."""
    names = [p[0] for p in tree.pairs]
    if "children" not in names:
        return [tree]
    return [leaf for child in tree.get("children") for leaf in leaf_vdevs(child)]


def _checksum(block, offset):
    """The label's checksum over block, which lies at offset of the vdev."""
    body = block[:-40] + struct.pack("<QQQQQ", ECK_MAGIC, offset, 0, 0, 0)
    words = struct.unpack(">4Q", hashlib.sha256(body).digest())
    return struct.pack("<4Q", *words)


def label_offsets(size):
    size -= size % LABEL
    return [0, LABEL, size - 2 * LABEL, size - LABEL]


def rewrite_labels(image, start, size, change):
    """Calls change(nvlist) on each of the four labels of the vdev at start of image, in place."""
    with open(image, "r+b") as f:
        for base in label_offsets(size):
            offset = base + PHYS_OFFSET
            f.seek(start + offset)
            block = f.read(PHYS_SIZE)
            if _checksum(block, offset) != block[-32:]:
                raise Failure(f"{image}: label at {base} has a bad checksum")
            nv = decode(block)
            change(nv)
            data = encode(nv)
            block = data.ljust(PHYS_SIZE - 40, b"\0") + struct.pack("<Q", ECK_MAGIC) + b"\0" * 32
            if len(block) != PHYS_SIZE:
                raise Failure("nvlist: does not fit the label")
            f.seek(start + offset)
            f.write(block[:-32] + _checksum(block, offset))


def read_labels(image, start, size):
    """The nvlists of the four labels."""
    lists = []
    with open(image, "rb") as f:
        for base in label_offsets(size):
            f.seek(start + base + PHYS_OFFSET)
            lists.append(decode(f.read(PHYS_SIZE)))
    return lists
