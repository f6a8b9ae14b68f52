# SPDX-License-Identifier: BSD-2-Clause
"""Which files a set of programs and kernel modules of a Debian tree need."""

import os
import re

from .paths import Failure
from .run import run

LIBS = ["usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/systemd", "usr/lib", "usr/lib64"]


def _needed(path):
    """The DT_NEEDED names and the interpreter of an ELF file."""
    out = run("readelf", "-d", "-l", path).stdout.decode()
    names = re.findall(r"\(NEEDED\).*\[(.*)\]", out)
    return names + re.findall(r"program interpreter: (?:/\S+/)?([^/\]]+)\]", out)


def _find_library(tree, name):
    for folder in LIBS:
        if (tree / folder / name).exists():
            return f"{folder}/{name}"
    raise Failure(f"{tree}: no library {name}")


def with_libraries(tree, programs):
    """programs, paths in tree, with the libraries that they need; in a stable order."""
    todo = list(programs)
    done = {}
    while todo:
        path = todo.pop()
        if path in done:
            continue
        done[path] = True
        todo += [_find_library(tree, name) for name in _needed(tree / path)]
    return sorted(done)


def with_modules(modules, names):
    """Kernel modules by name and all that they depend on, in an order that insmod accepts.

    modules is the tree's lib/modules/VERSION; a name that is built into the kernel is left out.
    """
    depends = {}
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        name = os.path.basename(path).split(".ko")[0].replace("-", "_")
        depends[name] = (path, needs.split())
    order = []

    def add(path, needs):
        for need in reversed(needs):
            if need not in order:
                order.append(need)
        if path not in order:
            order.append(path)

    for name in names:
        if name in depends:
            add(*depends[name])
    return order
