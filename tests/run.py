#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the tests: run.py [-j N] [-k TEXT]... [--list] [SUITE...]

Suites: unit and checks (Meson's), interop, e2e; all of them when none is named. One line a case
as it ends, what the failed ones said, and as the last line "N passed, N failed". Logs of the cases
are in build/test-logs/CASE/. A second run in the same build folder waits for the first. Status 1 if
a case failed or none ran, 2 for wrong usage.
"""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import case as registry  # noqa: E402
from harness import fixtures, lock, mounts  # noqa: E402,F401
from harness.paths import ACLS, BLOCKMAP, BUILD, HOSTILE, LOGS, MANYCORES, PATIENCE, TREETOOL, Failure, Skip  # noqa: E402

MESON_SUITES = ("unit", "checks")
CASE_SUITES = ("interop", "e2e")


class Totals:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.start = time.monotonic()

    def say(self, text):
        minutes, seconds = divmod(int(time.monotonic() - self.start), 60)
        print(f"[{minutes:2d}:{seconds:02d}] {text}", flush=True)

    def last_line(self):
        line = f"{self.passed} passed, {self.failed} failed"
        return line + (f", {self.skipped} skipped" if self.skipped else "")


def count_meson(result):
    """(passed, failed, skipped) of one Meson test: cmocka's own count where it prints one."""
    out = result.get("stdout", "") + result.get("stderr", "")
    good = result["result"] in ("OK", "EXPECTEDFAIL")
    if result["result"] == "SKIP":
        return 0, 0, 1
    passed = sum(int(n) for n in re.findall(r"\[  PASSED  \] (\d+) test", out))
    failed = len(re.findall(r"(?m)^\[  FAILED  \] \w+$", out))
    skipped = sum(int(n) for n in re.findall(r"\[  SKIPPED \] (\d+) test", out))
    if good:
        return max(passed - skipped, 0 if skipped else 1), 0, skipped
    return passed, max(failed, 1), skipped


def run_meson(suites, totals):
    argv = ["meson", "test", "-C", str(BUILD), "--no-rebuild", "--quiet"]
    for suite in suites:
        argv += ["--suite", suite]
    totals.say(f"meson test: {' '.join(suites)}")
    log = BUILD / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if not log.exists():
        raise Failure("meson test left no log")
    for line in log.read_text().splitlines():
        result = json.loads(line)
        passed, failed, skipped = count_meson(result)
        totals.passed += passed
        totals.failed += failed
        totals.skipped += skipped
        word = "FAIL" if failed else "ok  "
        totals.say(f"{word} {result['name']} ({passed + failed} cases, {result['duration']:.1f} s)")
        if failed:
            print((result.get("stdout", "") + result.get("stderr", ""))[-5000:], flush=True)


def fail_late(c):
    raise Failure(f"not done within {c.limit * PATIENCE:.0f} s")


def run_case(c):
    """In a child: runs one case and leaves its verdict in its folder. Never returns."""
    os.setpgid(0, 0)
    mounts.unmount(c.dir)  # what a run left that was killed
    shutil.rmtree(c.dir, ignore_errors=True)
    c.dir.mkdir(parents=True, exist_ok=True)
    out = os.open(c.dir / "output.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(out, 1)
    os.dup2(out, 2)
    status = 0
    signal.signal(signal.SIGALRM, lambda *_: fail_late(c))
    signal.alarm(int(c.limit * PATIENCE))
    try:
        c.fn(c)
        text = ""
    except Skip as e:
        status, text = 77, str(e)
    except Failure as e:
        where = traceback.extract_tb(e.__traceback__)
        lines = [f"{pathlib.Path(f.filename).name}:{f.lineno}" for f in where[1:]]
        status, text = 1, f"{e}\n(at {' < '.join(reversed(lines))})"
    except BaseException:  # pylint: disable=broad-except
        status, text = 1, traceback.format_exc()
    signal.alarm(0)
    (c.dir / "verdict").write_text(text)
    sys.stdout.flush()
    os._exit(status)


def end_case(c, pid):
    """Ends what a case left behind, as a machine or a mount."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    mounts.unmount(c.dir)


def reap(running, plan, failures):
    totals = plan.totals
    pid, status = os.waitpid(-1, 0)
    if pid not in running:
        return
    c, start = running.pop(pid)
    end_case(c, pid)
    code = os.waitstatus_to_exitcode(status)
    verdict = c.dir / "verdict"
    text = verdict.read_text() if verdict.exists() else f"killed by signal {-code}"
    took = f"({time.monotonic() - start:.0f} s)"
    if isinstance(c, registry.Preparation):
        plan.prepared(c.fixture, code, text)
    elif code == 0:
        totals.passed += 1
        totals.say(f"ok   {c.name} {took}")
    elif code == 77:
        totals.skipped += 1
        totals.say(f"skip {c.name}: {text}")
    else:
        totals.failed += 1
        totals.say(f"FAIL {c.name} {took}, logs in {c.dir}\n{text}")
        failures.append(c.name)


def start_case(c, running):
    pid = os.fork()
    if pid == 0:
        run_case(c)
    running[pid] = (c, time.monotonic())


class Plan:
    """What is still to be started: fixtures after those that they need, cases after their fixtures."""

    def __init__(self, cases, totals):
        self.totals = totals
        self.cases = sorted(cases, key=lambda c: -c.cost)
        self.fixtures = registry.fixtures_of(self.cases)  # those of long cases first
        self.there = set()
        self.broken = {}  # name of a fixture: why it is not there

    def _obstacle(self, needs):
        return next((n for n in needs if n in self.broken), None)

    def _next_fixture(self):
        for f in list(self.fixtures):
            obstacle = self._obstacle(f.needs)
            if not obstacle and not self.there.issuperset(f.needs):
                continue
            self.fixtures.remove(f)
            if obstacle:
                self.broken[f.name] = self.broken[obstacle]
                continue
            try:
                if not f.is_there():
                    self.totals.say(f"preparing {f.name}")
                    return registry.Preparation(f)
                self.there.add(f.name)
            except OSError as e:
                self.prepared(f, 1, str(e))
        return None

    def _next_case(self):
        for c in list(self.cases):
            obstacle = self._obstacle(c.needs)
            if not obstacle and not self.there.issuperset(c.needs):
                continue
            self.cases.remove(c)
            if not obstacle:
                return c
            if isinstance(self.broken[obstacle], Skip):
                self.totals.skipped += 1
                self.totals.say(f"skip {c.name}: {self.broken[obstacle]}")
            else:
                self.totals.failed += 1
                self.totals.say(f"FAIL {c.name}: no {obstacle}")
        return None

    def next(self):
        """What to start now; None if all that is left waits for something, or nothing is left."""
        return self._next_fixture() or self._next_case()

    def prepared(self, f, code, text):
        if code == 0:
            self.there.add(f.name)
        elif code == 77:
            self.broken[f.name] = Skip(text)
        else:
            self.broken[f.name] = Failure(text)
            self.totals.say(f"FAIL preparing {f.name}: {text}")


def run_cases(cases, jobs, totals):
    plan = Plan(cases, totals)
    running = {}
    failures = []
    try:
        while True:
            while len(running) < jobs and (c := plan.next()):
                start_case(c, running)
            if not running:
                break
            reap(running, plan, failures)
    finally:
        for pid, (c, _) in running.items():
            end_case(c, pid)
    if failures:
        print("failed: " + " ".join(failures), flush=True)


def load_cases(suites, patterns):
    for suite in CASE_SUITES:
        for path in sorted((HERE / suite).glob("test_*.py")):
            importlib.import_module(f"{suite}.{path.stem}")
    wanted = [c for c in registry.CASES if c.name.split("/")[0] in suites]
    if patterns:
        wanted = [c for c in wanted if any(p in c.name for p in patterns)]
    return wanted


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("suites", nargs="*", metavar="SUITE")
    p.add_argument("-j", type=int, default=min(2, os.cpu_count() or 1), help="cases side by side")
    p.add_argument("-k", action="append", default=[], metavar="TEXT", help="only cases with TEXT in their name")
    p.add_argument("--list", action="store_true", help="print the cases and end")
    args = p.parse_args()
    suites = args.suites or [*MESON_SUITES, *CASE_SUITES]
    for s in suites:
        if s not in MESON_SUITES + CASE_SUITES:
            p.error(f"no suite {s}")
    cases = load_cases(suites, args.k)
    if args.list:
        print("\n".join(c.name for c in cases))
        return 0
    totals = Totals()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the cases, too
    # A shell that runs this in the background has it ignored, and a program in a case would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    meson = [s for s in MESON_SUITES if s in suites and not args.k]
    broken = None
    try:
        if meson:
            run_meson(meson, totals)
        if cases:
            held = lock.hold(totals.say)  # noqa: F841 (while it is there)
            tools = [str(tool.relative_to(BUILD)) for tool in (TREETOOL, HOSTILE, MANYCORES, BLOCKMAP, ACLS)]
            subprocess.run(["ninja", "-C", str(BUILD), "--quiet", *tools], check=True)
            LOGS.mkdir(parents=True, exist_ok=True)
            totals.say(f"{len(cases)} cases, on a quiet machine about {sum(c.cost for c in cases) / args.j / 60:.0f} minutes")
            run_cases(cases, args.j, totals)
    except (Failure, subprocess.CalledProcessError) as e:
        totals.failed += 1
        broken = e
    if broken:
        totals.say(f"FAIL preparing the tests: {broken}")
    print(totals.last_line(), flush=True)
    return 0 if totals.failed == 0 and totals.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
