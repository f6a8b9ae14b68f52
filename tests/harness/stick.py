# SPDX-License-Identifier: BSD-2-Clause
"""Stick images made by the program under test."""

import os
import shutil

from . import lab, manifest
from .run import run, zlive

SEED = "7"
EPOCH = "1750000000"  # SOURCE_DATE_EPOCH of all test images
CONSOLE = "console=tty0 console=ttyS0"


def build(root, path, *options, size="1G", **kwargs):
    """`zlive build` of a tree, with the same seed and time whenever it runs."""
    env = dict(os.environ, SOURCE_DATE_EPOCH=EPOCH)
    argv = ["build", "--root", root, "-o", path, "--size", size, "--seed", SEED, "--cmdline", CONSOLE]
    zlive(*argv, *options, env=env, **kwargs)
    return path


def copy_tree(source, target):
    """A copy of a tree. No hard links into the source: it may be somebody's cache."""
    shutil.rmtree(target, ignore_errors=True)
    run("cp", "-a", "--reflink=auto", source, target)


def make_ramdisk(root, extra):
    """root's own ramdisk by `zlive ramdisk`, with extra files ({path: file}) added behind it."""
    version = lab.kernel_version(root)
    ramdisk = root / f"boot/initrd.img-{version}"
    zlive("ramdisk", "--root", root, "-o", ramdisk)
    add_to_ramdisk(ramdisk, extra)


def add_to_ramdisk(ramdisk, extra):
    """The kernel takes the later one of two files with the same path."""
    top = ramdisk.parent / (ramdisk.name + ".extra")
    shutil.rmtree(top, ignore_errors=True)
    names = []
    for name, source in extra.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, top / name)
        parts = name.split("/")
        names += ["/".join(parts[: i + 1]) for i in range(len(parts))]
    listing = "\n".join(dict.fromkeys(names)) + "\n"
    archive = run("cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0", cwd=top, input=listing.encode())
    with open(ramdisk, "ab") as f:
        f.write(b"\0" * (-f.tell() % 4))
        f.write(archive.stdout)
    shutil.rmtree(top)


# What a pool built from a directory keeps of it. Times of access are not a tree's: reading it
# changes them, and the same tree has to give the same bytes.
KEPT = manifest.KEPT


def build_plain(source, path, *options, size="1G"):
    """A stick of just that tree: no kernel, nothing added."""
    return build(source, path, "--plain", *options, size=size)
