# SPDX-License-Identifier: BSD-2-Clause
"""The Debian tree, and what is made from it for more than one test file."""

import os
import pathlib

from . import debian, lab, small, stick
from .case import FIXTURES, fixture
from .paths import TREETOOL, ZLIVE, Failure


HARNESS = pathlib.Path(__file__).parent


@fixture("tree")
def make_tree(path):
    """A Debian 13 tree with kernel and zfs: ZLIVE_TEST_TREE, or what `zlive build` cached."""
    if os.environ.get("ZLIVE_TEST_TREE"):
        return pathlib.Path(os.environ["ZLIVE_TEST_TREE"])
    raise Failure("no tree")


@fixture("lab", needs=["tree"], inputs=[TREETOOL, HARNESS / "lab.py", HARNESS / "elf.py"])
def make_lab(path):
    """(kernel, ramdisk) of the machine with real OpenZFS."""
    tree = FIXTURES["tree"].value()
    lab.make_ramdisk(tree, path)
    return tree / f"boot/vmlinuz-{lab.kernel_version(tree)}", path


@fixture("small_root", needs=["tree"], inputs=[HARNESS / "small.py", HARNESS / "elf.py"])
def make_small_root(path):
    """The tree of the small system, without a ramdisk."""
    small.make_root(FIXTURES["tree"].value(), path)
    return path


# Images are made again when the program changes.


@fixture("small_image", needs=["small_root"], inputs=[ZLIVE, HARNESS / "stick.py"])
def make_small_image(path):
    return stick.build(FIXTURES["small_root"].value(), path)


@fixture("debian_image", needs=["tree"], inputs=[ZLIVE, HARNESS / "stick.py", HARNESS / "debian.py"])
def make_debian_image(path):
    return debian.make_image(FIXTURES["tree"].value(), path)
