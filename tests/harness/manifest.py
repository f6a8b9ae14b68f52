# SPDX-License-Identifier: BSD-2-Clause
"""Manifests of trees (treetool's), and how two of them differ."""

import json

from .paths import TREETOOL, Failure
from .run import run

# What a copy of a tree keeps. Inode numbers are compared by which names share one.
KEPT = ["type", "mode", "uid", "gid", "mtime", "nlink", "rdev", "target", "size", "sha256", "extents", "xattrs"]


def parse(text):
    """Lines of treetool's output, or the same as a list, to {path: entry}."""
    lines = text.splitlines() if isinstance(text, str) else text
    entries = [json.loads(line) if isinstance(line, str) else line for line in lines]
    return {e["path"]: e for e in entries}


def of_directory(path):
    return parse(run(TREETOOL, "manifest", path).stdout.decode())


def link_groups(manifest):
    """The sets of names that are one object."""
    groups = {}
    for path, e in manifest.items():
        if e.get("nlink", 1) > 1:
            groups.setdefault(e["ino"], []).append(path)
    return sorted(sorted(g) for g in groups.values() if len(g) > 1)


def compare(expected, found, kept=KEPT, may_add=(), may_change=()):
    """Fails unless found has every entry of expected, equal in all of kept, and no other.

    may_add: paths that found may have besides, with all below them; may_change: paths whose
    attributes may differ.
    """
    wrong = []

    def allowed(path, of):
        return any(path == p or path.startswith(p + "/") for p in of)

    for path, e in expected.items():
        f = found.get(path)
        if f is None:
            wrong.append(f"missing: {path!r}")
        elif path not in may_change:
            for key in kept:
                if e.get(key) != f.get(key):
                    wrong.append(f"{path!r}: {key} is {str(f.get(key))[:200]}, not {str(e.get(key))[:200]}")
    wrong += [f"extra: {p!r}" for p in found if p not in expected and not allowed(p, may_add)]
    if "nlink" in kept and link_groups(expected) != link_groups({p: f for p, f in found.items() if p in expected}):
        wrong.append("other names share an object than in the source")
    if wrong:
        more = f"\n... and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise Failure(f"{len(wrong)} differences:\n" + "\n".join(wrong[:20]) + more)
    if not expected:
        raise Failure("an empty manifest: nothing was compared")
