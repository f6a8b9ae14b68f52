# SPDX-License-Identifier: BSD-2-Clause
"""Stick images made by the program under test."""

import os
import shutil

from . import image, lab, manifest
from .paths import BUILD
from .run import run, zlive

SEED = "7"
EPOCH = "1750000000"  # SOURCE_DATE_EPOCH of all test images
CONSOLE = "console=tty0 console=ttyS0"


BOOT_REGION = 512 << 10  # of stage 2 in the ZFS partition
ESP = 1 << 20  # where make_partitions() puts it


def make_partitions(disk):
    """As a stick has them, but the pool's is number 1 and the ESP only large enough."""
    run("/usr/sbin/sgdisk", "-n2:2048:+16M", "-t2:EF00", "-n1:0:-1M", "-t1:6A898CC3-1DD2-11B2-99A6-080020736631", disk)


def install_bios_loader(disk, serial):
    with open(disk, "r+b") as f:
        f.write((BUILD / "zlive-mbr.bin").read_bytes()[:436] + bytes([serial, 0, 0, 0]))
        f.seek(image.zfs_partition(disk)[0] + BOOT_REGION)
        f.write((BUILD / "zlive-stage2.bin").read_bytes())


def install_uefi_loader(disk):
    esp = f"{disk}@@{ESP}"
    run("mformat", "-i", esp, "-T", str((16 << 20) // 512), "::")
    run("mmd", "-i", esp, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", esp, BUILD / "BOOTX64.EFI", "::/EFI/BOOT/BOOTX64.EFI")


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
