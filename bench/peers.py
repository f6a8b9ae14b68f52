# SPDX-License-Identifier: BSD-2-Clause
"""The ramdisks that Debian's own tools make of the tree, with OpenZFS's scripts in them.

initramfs-tools as it comes (MODULES=most, zstd); dracut with --no-hostonly, since a stick meets any
machine, and zstd. Their packages are installed in a copy of the tree.
"""

import os
import re
import shutil

from harness import lab
from harness.case import FIXTURES, fixture
from harness.paths import Failure
from harness.run import run

INITRAMFS_TOOLS = ["initramfs-tools", "zfs-initramfs", "zstd"]
DRACUT = ["dracut", "zfs-dracut"]  # apt takes initramfs-tools away for it


@fixture("peer_ramdisks", needs=["tree"])
def make(path):
    """[of initramfs-tools, of dracut] for the tree's kernel."""
    if os.geteuid() != 0:
        raise Failure("installing initramfs-tools and dracut in a copy of the tree needs root")
    tree = FIXTURES["tree"].value()
    copy = path.with_suffix(".tree")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    run("cp", "-a", tree, copy)
    mounted = []
    try:
        for folder in ("proc", "dev"):
            run("mount", "--bind", f"/{folder}", copy / folder)
            mounted.append(copy / folder)
        _make_in(copy, lab.kernel_version(tree))
    finally:
        for folder in mounted:
            run("umount", folder)
    for name in ("initramfs-tools", "dracut"):
        shutil.copy(copy / "tmp" / name, path / name)
    shutil.rmtree(copy)
    return path / "initramfs-tools", path / "dracut"


def _make_in(copy, version):
    shutil.copy("/etc/resolv.conf", copy / "etc/resolv.conf")
    apt = ["chroot", copy, "env", "DEBIAN_FRONTEND=noninteractive", "INITRD=No", "apt-get", "-y", "-q"]
    run(*apt, "update")
    run(*apt, "install", "--no-install-recommends", *INITRAMFS_TOOLS, limit=900)
    conf = (copy / "etc/initramfs-tools/initramfs.conf").read_text()
    for line in ("MODULES=most", "COMPRESS=zstd"):
        if not re.search(f"(?m)^{line}$", conf):
            raise Failure(f"initramfs-tools is not set to {line}")
    run("chroot", copy, "mkinitramfs", "-o", "/tmp/initramfs-tools", version, limit=900)
    run(*apt, "install", "--no-install-recommends", *DRACUT, limit=900)
    run("chroot", copy, "dracut", "--no-hostonly", "--zstd", "--kver", version, "/tmp/dracut", limit=900)
