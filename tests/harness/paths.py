# SPDX-License-Identifier: BSD-2-Clause
"""Where things are, and how long things may take."""

import os
import pathlib

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build")).resolve()
ZLIVE = BUILD / "zlive"
TREETOOL = BUILD / "tests/tools/treetool"
ACLS = BUILD / "tests/tools/acls"
BLOCKMAP = BUILD / "tests/tools/blockmap"
HOSTILE = BUILD / "tests/tools/hostile/hostile"
MANYCORES = BUILD / "tests/tools/libmanycores.so"
GOLDEN = TOP / "tests/golden"
LOGS = BUILD / "test-logs"  # one folder per case, kept until the next run
WORK = BUILD / "test-work"  # images and trees that the cases share

# Time limits are for a quiet machine with two slow cores; ZLIVE_TEST_PATIENCE multiplies them.
PATIENCE = float(os.environ.get("ZLIVE_TEST_PATIENCE", "1"))


class Failure(Exception):
    """A test that failed, with a message for a person."""


class Skip(Exception):
    """A test that cannot run here, and why."""
