# SPDX-License-Identifier: BSD-2-Clause
"""One run at a time in a build folder: fixtures and the folders of cases are made anew where they lie."""

import fcntl
import os

from .paths import WORK


def hold(say):
    """Waits, and says for whom, until this process has the build folder's tests for itself.

    It has them while the file that is returned is open, in this process or in one that it has forked:
    a case that outlives a run that was killed still uses the fixtures.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    f = open(WORK / ".lock", "a+")
    try:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        f.seek(0)
        say(f"waiting for process {f.read().strip() or '?'}, or what it left running, to be done with {WORK}")
        fcntl.flock(f, fcntl.LOCK_EX)
    f.truncate(0)
    f.write(f"{os.getpid()}\n")
    f.flush()
    return f
