# SPDX-License-Identifier: BSD-2-Clause
"""Running programs, with their whole output in the message when one fails."""

import os
import resource
import subprocess
import tempfile

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


class Measured:
    """A command that ended, or that had written all that was wanted of it."""

    def __init__(self, status, written, stderr, usage):
        self.status = status  # None: it would have gone on
        self.written = written  # bytes to its standard output
        self.stderr = stderr
        self.cpu = usage.ru_utime + usage.ru_stime  # seconds
        self.memory = usage.ru_maxrss << 10  # bytes, at their most


def zlive_measured(*argv, cpu=60, wanted=80 << 20, preload=None):
    """Runs the program with at most `cpu` seconds, and ends it when it has written enough."""
    env = dict(os.environ, LD_PRELOAD=os.fspath(preload)) if preload else None

    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu * PATIENCE), int(cpu * PATIENCE) + 1))

    with tempfile.TemporaryFile() as errors:
        p = subprocess.Popen([ZLIVE, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=env,
                             preexec_fn=limit)
        written = 0
        while written < wanted and (piece := p.stdout.read(1 << 16)):
            written += len(piece)
        over = written >= wanted
        if over:
            p.kill()
        p.stdout.close()
        _, status, usage = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return Measured(None if over else p.returncode, written, errors.read(1 << 16), usage)
