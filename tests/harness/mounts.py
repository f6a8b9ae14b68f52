# SPDX-License-Identifier: BSD-2-Clause
"""FUSE mounts: a test that was killed leaves them, and its folder cannot be cleared then."""

import re

from .run import run


def points(folder):
    """Where a FUSE file system is mounted at or below folder, the innermost first."""
    found = []
    with open("/proc/self/mounts", "rb") as f:
        for line in f:
            _, at, kind, _ = line.split(b" ", 3)
            if kind.split(b".")[0] in (b"fuse", b"fuseblk"):
                at = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m.group(1), 8)]), at)
                found.append(at.decode(errors="surrogateescape"))
    top = str(folder.resolve())
    return sorted((at for at in found if at == top or at.startswith(top + "/")), reverse=True)


def unmount(folder):
    """Unmounts them, also those that still serve somebody and those whose server is dead."""
    for at in points(folder):
        run("fusermount3", "-u", "-z", at, ok=None)
