#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""format.py ROOT [CLANG_FORMAT]: fails on C that is not as .clang-format has it (`make format`
makes it so), and on a source file without its SPDX line."""
import os
import subprocess
import sys

import tree

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
SOURCES = (".c", ".h", ".S", ".asm", ".lds", ".py", ".sh", ".ini")


def is_source(root, path):
    if path.startswith("tests/fuzz/corpus/"):
        return False
    if path.endswith(SOURCES):
        return True
    with open(os.path.join(root, path), "rb") as f:
        return f.read(2) == b"#!"


def has_spdx(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as f:
        return any(SPDX in f.readline() for _ in range(5))


def check_format(root, clang_format, paths):
    run = subprocess.run([clang_format, "--dry-run", "-Werror", "--ferror-limit=3", *paths],
                         cwd=root, capture_output=True, text=True, check=False)
    wrong = [l for l in run.stderr.splitlines() if "error:" in l]
    if run.returncode and not wrong:
        wrong = [run.stderr.rstrip()]
    return wrong


def main():
    root = sys.argv[1]
    clang_format = sys.argv[2] if len(sys.argv) > 2 else "clang-format"
    c = tree.c_files(root)
    errors = check_format(root, clang_format, c) if c else ["no C file"]
    sources = [p for p in tree.files(root) if is_source(root, p)]
    errors += [f"{p}: no SPDX line" for p in sources if not has_spdx(root, p)]
    for e in errors:
        print(e)
    print(f"{len(c)} C files, {len(sources)} sources, {len(errors)} errors")
    sys.exit(1 if errors else 0)


main()
