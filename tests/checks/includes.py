#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""includes.py ROOT: fails on an #include that the layers do not allow.

Arrows point down only: cmd, boot, init -> lib/read, lib/write -> lib/fmt, lib/codec -> lib/base;
lib/read and lib/write never know of each other. What is compiled for the loaders includes no
libc header.
"""
import os
import re
import sys

import tree

LIB = ["lib/base", "lib/codec", "lib/fmt", "lib/read", "lib/write", "lib/host"]
# Each layer: what it may use besides itself. The longest matching folder decides.
MAY_USE = {
    "lib/base": [],
    "lib/codec": ["lib/base"],
    "lib/fmt": ["lib/base"],
    "lib/read": ["lib/base", "lib/codec", "lib/fmt"],
    "lib/write": ["lib/base", "lib/codec", "lib/fmt"],
    # implements the callbacks that the two declare
    "lib/host": ["lib/base", "lib/codec", "lib/fmt", "lib/read/read.h", "lib/write/write.h"],
    "boot/common": ["lib/base", "lib/codec", "lib/fmt", "lib/read"],
    "boot/uefi": ["lib/base", "lib/codec", "lib/fmt", "lib/read", "boot/common"],
    "boot/bios": ["lib/base", "lib/codec", "lib/fmt", "lib/read", "boot/common"],
    "init": LIB,
    "cmd": LIB,
    "tests": ["lib", "boot", "init", "cmd"],
    "bench": ["lib", "boot", "init", "cmd"],
}
FREESTANDING = ["lib/base", "lib/codec", "lib/fmt", "lib/read", "boot/common"]
# What a compiler brings along without a libc.
COMPILER_HEADERS = {"limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def layer_of(path):
    """The longest of the layers' folders that path is in."""
    found = [l for l in MAY_USE if path.startswith(l + "/")]
    return max(found, key=len) if found else None


def resolve(root, path, name):
    for base in ("lib", ".", os.path.dirname(path)):
        at = os.path.normpath(os.path.join(base, name))
        if os.path.isfile(os.path.join(root, at)):
            return at
    return None


def allowed(layer, target):
    return any(target == m or target.startswith(m + "/") for m in MAY_USE[layer] + [layer])


def check_file(root, path):
    layer = layer_of(path)
    if layer is None:
        return [f"{path}: is in no layer that tests/checks/includes.py knows"]
    errors = []
    with open(os.path.join(root, path), encoding="utf-8") as f:
        text = f.read()
    for kind, name in INCLUDE.findall(text):
        if kind == "<":
            if layer in FREESTANDING and name not in COMPILER_HEADERS:
                errors.append(f"{path}: <{name}> is not there in a loader")
            continue
        target = resolve(root, path, name)
        if target is None:
            errors.append(f'{path}: "{name}" is neither in lib/ nor at the top')
        elif not allowed(layer, target):
            errors.append(f"{path}: {layer} may not use {target}")
    return errors


def main():
    root = sys.argv[1]
    sources = [p for p in tree.c_files(root) if not p.startswith("tools/")]
    errors = [e for p in sources for e in check_file(root, p)]
    for e in errors:
        print(e)
    print(f"{len(sources)} files, {len(errors)} errors")
    sys.exit(1 if errors or not sources else 0)


main()
