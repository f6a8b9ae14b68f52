#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""freestanding.py ROOT [CLANG [NM]]: compiles what the loaders are made of, for both of their
targets, and fails when it needs a symbol from outside, or, in lib/, has variables that are
written.

Outside is allowed what compilers may ask for on any target: four memory functions and helpers for
64-bit arithmetic and large stack frames.
"""
import concurrent.futures
import os
import subprocess
import sys
import tempfile

import tree

TARGETS = ["x86_64-unknown-windows", "i386-unknown-none-elf"]
FOLDERS = ["lib/base", "lib/codec", "lib/fmt", "lib/read", "boot/common"]
ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "__chkstk"} | {
    f"__{op}di3" for op in ("udiv", "umod", "div", "mod", "mul", "ashl", "ashr", "lshr")
} | {"__udivmoddi4", "__divmoddi4"}
FLAGS = ["-std=gnu17", "-O2", "-ffreestanding", "-nostdlibinc", "-fno-stack-protector", "-w",
         '-DZLIVE_VERSION="check"', "-Ilib", "-I."]


def compile_one(root, clang, target, source, out):
    """The compiler's complaint, or None."""
    run = subprocess.run([clang, "-target", target, *FLAGS, "-c", source, "-o", out], cwd=root,
                         capture_output=True, text=True, check=False)
    return None if run.returncode == 0 else f"{source}, {target}:\n{run.stderr.rstrip()}"


def symbols(nm, obj):
    """Pairs of type letter and name; an undefined one's letter is U."""
    out = subprocess.run([nm, "--format=posix", obj], check=True, capture_output=True, text=True)
    fields = [line.split() for line in out.stdout.splitlines()]
    return [(f[1], f[0]) for f in fields if len(f) > 1]


def check_target(root, clang, nm, target, sources, folder):
    objs = {s: os.path.join(folder, s.replace("/", "_") + ".o") for s in sources}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = [e for e in pool.map(
            lambda s: compile_one(root, clang, target, s, objs[s]), sources) if e]
    if errors:
        return errors
    table = {s: symbols(nm, o) for s, o in objs.items()}
    defined = {name for syms in table.values() for kind, name in syms if kind != "U"}
    for source, syms in table.items():
        for kind, name in syms:
            if kind == "U" and name not in defined | ALLOWED:
                errors.append(f"{source}, {target}: needs {name}")
            # section symbols of COFF begin with a dot
            if kind in "dDbBC" and source.startswith("lib/") and not name.startswith("."):
                errors.append(f"{source}, {target}: {name} is a variable")
    return errors


def main():
    root = sys.argv[1]
    clang = sys.argv[2] if len(sys.argv) > 2 else "clang"
    nm = sys.argv[3] if len(sys.argv) > 3 else "llvm-nm"
    sources = [p for p in tree.c_files(root)
               if p.endswith(".c") and os.path.dirname(p) in FOLDERS]
    errors = []
    for target in TARGETS:
        with tempfile.TemporaryDirectory() as folder:
            errors += check_target(root, clang, nm, target, sources, folder)
    for e in errors:
        print(e)
    print(f"{len(sources)} files for {len(TARGETS)} targets, {len(errors)} errors")
    sys.exit(1 if errors or not sources else 0)


main()
