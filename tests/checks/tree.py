# SPDX-License-Identifier: BSD-2-Clause
"""The files of the project, for the checks."""
import os
import subprocess


def files(root):
    """Paths relative to root, sorted: what git tracks or would track, else all but builds."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
            check=True, capture_output=True).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, dirs, found in os.walk(root):
            dirs[:] = [d for d in dirs if not d.startswith((".", "build"))]
            names += [os.path.relpath(os.path.join(folder, f), root) for f in found]
    return sorted(n for n in names if os.path.isfile(os.path.join(root, n)))


def c_files(root):
    return [n for n in files(root) if n.endswith((".c", ".h"))]
