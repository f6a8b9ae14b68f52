# SPDX-License-Identifier: BSD-2-Clause
"""The Debian tree, and what is made from it for more than one test file."""

import os
import pathlib

from . import lab, small
from .case import FIXTURES, fixture
from .paths import TREETOOL, ZLIVE, Failure
from .run import run

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
