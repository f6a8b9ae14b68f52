# SPDX-License-Identifier: BSD-2-Clause
"""Debian trees with other versions of OpenZFS than the suite's own: for `make golden` alone."""

import hashlib
import os
import pathlib
import shutil

from .run import run

PACKAGES = ["linux-image-amd64", "linux-headers-amd64", "zfs-dkms", "zfsutils-linux", "zfs-test", "udev", "kmod"]

# Version: the suite, and the suite beside it that OpenZFS comes from.
SUITES = {"2.1": ("bookworm", None), "2.4": ("trixie", "trixie-backports")}

PIN = "Package: src:zfs-linux\\nPin: release n={0}\\nPin-Priority: 990\\n"

# What a lab takes nothing from.
PRUNED = ["usr/src", "usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt", "var/lib/dkms"]

HOURS = 3600


def cache_dir():
    """Where `zlive build` keeps its trees, too."""
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    return pathlib.Path(xdg if xdg.startswith("/") else pathlib.Path.home() / ".cache") / "zlive"


def make_tree(version):
    """The directory of the tree with that version; about ten minutes where it is not cached."""
    suite, beside = SUITES[version]
    key = hashlib.sha256("\n".join([suite, str(beside), *PACKAGES, *PRUNED]).encode()).hexdigest()[:16]
    done = cache_dir() / f"openzfs-{version}-{key}"
    if done.exists():
        return done
    part = done.with_name(f"part-{done.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    command = ["mmdebstrap", "--variant=apt", "--components=main,contrib", "--include=" + ",".join(PACKAGES)]
    command.append('--aptopt=Apt::Install-Recommends "0"')
    mirrors = []
    if beside:
        pin = PIN.format(beside)
        command.append(f'--setup-hook=mkdir -p "$1/etc/apt/preferences.d"; printf "{pin}" >"$1/etc/apt/preferences.d/zfs"')
        mirrors = [f"deb http://deb.debian.org/debian {s} main contrib" for s in (suite, beside)]
    run(*command, suite, part, *mirrors, limit=HOURS)
    for path in PRUNED:
        shutil.rmtree(part / path, ignore_errors=True)
    part.rename(done)
    return done
