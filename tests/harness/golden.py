# SPDX-License-Identifier: BSD-2-Clause
"""The golden pools: what is kept of one, and where its disk is put for a test."""

import json
import lzma
import re

from .paths import GOLDEN

CHUNK = 1 << 20
ZEROS = bytes(CHUNK)


def names():
    return sorted(path.name.removesuffix(".img.xz") for path in GOLDEN.glob("*.img.xz"))


def load(name):
    """What OpenZFS said and read of the pool when it was made."""
    with lzma.open(GOLDEN / f"{name}.json.xz", "rt") as f:
        return json.load(f)


def unpack(name, path):
    """The pool's disk as a sparse file."""
    with lzma.open(GOLDEN / f"{name}.img.xz") as src, open(path, "wb") as dst:
        while chunk := src.read(CHUNK):
            if chunk == ZEROS[: len(chunk)]:
                dst.seek(len(chunk), 1)
            else:
                dst.write(chunk)
        dst.truncate()
    return path


def take(t, name):
    """The pool's disk in the folder of a case, and what OpenZFS said of it."""
    return unpack(name, t.dir / f"{name}.img"), load(name)


def write_keys(golden, folder):
    """--key-file options for all encrypted datasets whose keys are known."""
    options = []
    for n, (dataset, key) in enumerate(sorted(golden.get("keys", {}).items())):
        path = folder / f"key{n}"
        path.write_bytes(bytes.fromhex(key))
        options += ["--key-file", f"{dataset}={path}"]
    return options


def fact_lines(golden):
    """All that can prove that a pool shows something, as lines to search."""
    yield f"openzfs {golden.get('openzfs')}"
    for key, value in golden["pool"].items():
        yield f"pool {key} {value}"
    for fact in golden.get("facts", ()):
        yield f"fact {fact}"
    for line in golden.get("config", ()):
        yield "config " + " ".join(line.split())
    for dataset, key, value, source in golden["properties"]:
        yield f"property {dataset} {key} {value} {source}"
    for dataset in golden["volumes"] if "volumes" in golden else ():
        yield f"volume {dataset}"
    for dataset, entries in golden["datasets"].items():
        for e in entries:
            size = f" {e['size']}" if "size" in e else ""
            xattrs = "".join(" " + name for name in e["xattrs"])
            yield f"file {e['type']} {dataset}:/{e['path']}{size}{xattrs}"


def proves(golden, pattern):
    wanted = re.compile(pattern)
    return any(wanted.search(line) for line in fact_lines(golden))
