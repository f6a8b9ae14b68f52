# SPDX-License-Identifier: BSD-2-Clause
"""zdb of the Debian tree, on this machine: as new as the OpenZFS of the lab, and not emulated."""

from .run import run


def zdb(tree, *args):
    """What it prints; it runs with that tree's libraries."""
    libraries = tree / "usr/lib/x86_64-linux-gnu"
    done = run(tree / "lib64/ld-linux-x86-64.so.2", "--library-path", libraries, tree / "usr/sbin/zdb", *args)
    return (done.stdout + done.stderr).decode(errors="replace")
