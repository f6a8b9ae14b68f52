#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""selftest.py: each check must pass a small good tree and name what is planted into it."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
GOOD = {
    "lib/base/b.h": "#include <stdint.h>\nint b(int x);\n",
    "lib/base/b.c": '#include "base/b.h"\n\nint b(int x)\n{\n\treturn x;\n}\n',
    "lib/read/r.c": '#include "base/b.h"\n\nint r(void);\n'
                    "int r(void)\n{\n\treturn b(1);\n}\n",
    "lib/read/read.h": "int r(void);\n",
    "lib/write/write.h": "int w(void);\n",
    "lib/host/h.c": '#include <stdio.h>\n#include "read/read.h"\n',
    "cmd/c.c": '#include "read/read.h"\n#include "write/write.h"\n',
}
# check, file, what is added to it, what the check must say
PLANTED = [
    ("includes.py", "lib/read/r.c", '#include "write/write.h"\n', "may not use lib/write/write.h"),
    ("includes.py", "lib/write/write.h", '#include "read/read.h"\n', "may not use lib/read/read.h"),
    ("includes.py", "lib/base/b.c", '#include "read/read.h"\n', "may not use lib/read/read.h"),
    ("includes.py", "lib/base/b.c", "#include <stdio.h>\n", "<stdio.h> is not there"),
    ("includes.py", "lib/read/r.c", '  #  include "gone.h"\n', '"gone.h" is neither'),
    ("includes.py", "else/e.c", "int e;\n", "is in no layer"),
    ("freestanding.py", "lib/base/b.c",
     "int puts(const char *s);\nint p(void);\nint p(void)\n{\n\treturn puts(\"\");\n}\n",
     "needs puts"),
    ("freestanding.py", "lib/read/r.c", "int counter;\n", "counter is a variable"),
    ("freestanding.py", "lib/read/r.c",
     "int f(void);\nint f(void)\n{\n\tstatic int n;\n\treturn n++;\n}\n", "is a variable"),
    ("freestanding.py", "lib/base/b.c", "#include <string.h>\n", "string.h"),
    ("format.py", "lib/base/b.c", "int  f( void );\n", "lib/base/b.c:"),
    ("format.py", "tools/t", "#!/bin/sh\n", "tools/t: no SPDX line"),
]


def make_tree(root, extra=None):
    shutil.copy(os.path.join(HERE, "..", "..", ".clang-format"), root)
    tree = {path: SPDX + text for path, text in GOOD.items()}
    if extra:
        tree[extra[0]] = tree.get(extra[0], "") + extra[1]
    for path, text in tree.items():
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as f:
            f.write(text)


def run(check, root):
    done = subprocess.run([sys.executable, os.path.join(HERE, check), root],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    failures = 0
    for check in ("includes.py", "freestanding.py", "format.py"):
        with tempfile.TemporaryDirectory() as root:
            make_tree(root)
            rc, out = run(check, root)
            if rc != 0:
                failures += 1
                print(f"{check} refuses a good tree:\n{out}")
    for check, path, text, want in PLANTED:
        with tempfile.TemporaryDirectory() as root:
            make_tree(root, (path, text))
            rc, out = run(check, root)
            if rc != 1 or want not in out:
                failures += 1
                print(f"{check} does not say {want!r} of {path} (status {rc}):\n{out}")
    print(f"{len(PLANTED)} planted violations, {failures} failures")
    sys.exit(1 if failures else 0)


main()
