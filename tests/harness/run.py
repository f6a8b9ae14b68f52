# SPDX-License-Identifier: BSD-2-Clause
"""Running programs, with their whole output in the message when one fails."""

import os
import subprocess

from .paths import PATIENCE, ZLIVE, Failure


def run(*argv, ok=(0,), limit=600, **kwargs):
    """Runs argv and returns the CompletedProcess; fails unless its status is one of ok."""
    argv = [os.fspath(a) if not isinstance(a, str) else a for a in argv]
    if "input" not in kwargs:
        kwargs.setdefault("stdin", subprocess.DEVNULL)
    kwargs.setdefault("stdout", subprocess.PIPE)
    kwargs.setdefault("stderr", subprocess.PIPE)
    try:
        done = subprocess.run(argv, timeout=limit * PATIENCE, **kwargs)
    except subprocess.TimeoutExpired as e:
        raise Failure(f"{' '.join(argv)}: still running after {e.timeout:.0f} s") from None
    if ok is not None and done.returncode not in ok:
        out = ((done.stdout or b"") + (done.stderr or b""))[-4000:]
        raise Failure(f"{' '.join(argv)}: status {done.returncode}\n{out.decode(errors='replace')}")
    return done


def zlive(*argv, **kwargs):
    """Runs the program under test."""
    return run(ZLIVE, *argv, **kwargs)
