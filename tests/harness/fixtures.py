# SPDX-License-Identifier: BSD-2-Clause
"""The Debian tree, and what is made from it for more than one test file."""

import os
import pathlib
import shutil

from . import debian, lab, small, stick, trees
from .case import FIXTURES, fixture
from .paths import TREETOOL, ZLIVE
from .run import run, zlive

HARNESS = pathlib.Path(__file__).parent


# Another tree instead of the one that `zlive build --suite` fetches, for developers.
OWN_TREE = os.environ.get("ZLIVE_TEST_TREE")


def stamp(path):
    st = os.stat(path)
    return f"{path} {st.st_size} {st.st_mtime_ns}"


@fixture("suite", inputs=[ZLIVE, HARNESS / "debian.py"], version=lambda v: stamp(v[1]))
def make_suite(path):
    """[image, tar]: a stick as `make demo` makes one, and the tree that zlive kept for the next."""
    return debian.make_suite_image(path)


@fixture("tree", needs=() if OWN_TREE else ["suite"], inputs=[OWN_TREE] if OWN_TREE else [])
def make_tree(path):
    """That tree as a directory, to take a kernel and OpenZFS from."""
    if OWN_TREE:
        return pathlib.Path(OWN_TREE)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    tar = FIXTURES["suite"].value()[1]
    run("tar", "--zstd", "-xpf", tar, "-C", path, "--exclude=./dev/*", "--xattrs", "--xattrs-include=*")
    return path


@fixture("lab", needs=["tree"], inputs=[TREETOOL, HARNESS / "lab.py", HARNESS / "elf.py"])
def make_lab(path):
    """(kernel, ramdisk) of the machine with real OpenZFS."""
    tree = FIXTURES["tree"].value()
    lab.make_ramdisk(tree, path)
    return tree / f"boot/vmlinuz-{lab.kernel_version(tree)}", path


def make_other_lab(version, path):
    tree = trees.make_tree(version)
    lab.make_ramdisk(tree, path)
    return tree / f"boot/vmlinuz-{lab.kernel_version(tree)}", path


@fixture("lab21", inputs=[TREETOOL, HARNESS / "lab.py", HARNESS / "elf.py", HARNESS / "trees.py"])
def make_lab21(path):
    """The same with OpenZFS 2.1: for `make golden` alone, as the next."""
    return make_other_lab("2.1", path)


@fixture("lab24", inputs=[TREETOOL, HARNESS / "lab.py", HARNESS / "elf.py", HARNESS / "trees.py"])
def make_lab24(path):
    return make_other_lab("2.4", path)


@fixture("small_root", needs=["tree"], inputs=[HARNESS / "small.py", HARNESS / "elf.py"])
def make_small_root(path):
    """The tree of the small system, without a ramdisk."""
    small.make_root(FIXTURES["tree"].value(), path)
    return path


# Images are made again when the program changes.


@fixture("small_image", needs=["small_root"], inputs=[ZLIVE, HARNESS / "stick.py"])
def make_small_image(path):
    return stick.build(FIXTURES["small_root"].value(), path)


@fixture("debian_image", needs=["suite"], inputs=[ZLIVE, HARNESS / "stick.py", HARNESS / "debian.py"])
def make_debian_image(path):
    return debian.make_image(FIXTURES["suite"].value()[1], path)


@fixture("ramdisk21", inputs=[ZLIVE, HARNESS / "trees.py"])
def make_ramdisk21(path):
    """(kernel, ramdisk) of zlive with Debian 12's kernel and OpenZFS 2.1; the tree takes ten minutes where it is not cached."""
    tree = path.with_suffix(".tree")
    shutil.rmtree(tree, ignore_errors=True)
    run("cp", "-a", "--reflink=auto", trees.make_tree("2.1"), tree)
    shutil.copy("/bin/busybox", tree / "usr/bin")
    zlive("ramdisk", "--root", tree, "--level", "3", "-o", path)
    kernel = path.with_suffix(".vmlinuz")
    shutil.copy(tree / f"boot/vmlinuz-{lab.kernel_version(tree)}", kernel)
    shutil.rmtree(tree)
    return kernel, path
