#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""harness.py ROOT: a second run in the same build folder waits for the first one, and says so; each case that
starts kernel and ramdisk without a firmware has a variant in `make test-full` that starts from one."""
import importlib
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1]).resolve()
HOLD = """
import sys
sys.dont_write_bytecode = True
from harness import lock
f = lock.hold(lambda text: print(text, flush=True))
print("mine", flush=True)
sys.stdin.readline()
"""
# A pool with kernel and ramdisk in it has a way back: newest-uberblocks. OVMF shows no stick but the one it starts.
EXEMPT = {"e2e/accident/no-way-back", "e2e/neighbour/copy-alone"}


def start(build):
    env = dict(os.environ, BUILD=build, PYTHONPATH=str(ROOT / "tests"))
    return subprocess.Popen([sys.executable, "-c", HOLD], env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def check_lock():
    with tempfile.TemporaryDirectory() as build, tempfile.TemporaryDirectory() as other:
        with start(build) as first:
            said = [first.stdout.readline()]
            with start(other) as elsewhere:
                said += [elsewhere.stdout.readline()]
                elsewhere.communicate("\n", timeout=60)
            with start(build) as second:
                said += [second.stdout.readline()]
                first.communicate("\n", timeout=60)
                said += [second.stdout.readline()]
                second.communicate("\n", timeout=60)
        waits = f"waiting for process {first.pid}, "
    if said[:2] != ["mine\n"] * 2 or not said[2].startswith(waits) or said[3] != "mine\n":
        return [f"the first, one in another folder, the second and again the second said: {said}"]
    return []


def check_firmware():
    os.environ["ZLIVE_TEST_FULL"] = "1"
    sys.path.insert(0, str(ROOT / "tests"))
    sys.dont_write_bytecode = True
    run = importlib.import_module("run")
    cases = run.load_cases(["e2e"], [])
    without = [c.name for c in cases if "init_pools" in c.needs]
    if not without:
        return ["no case needs init_pools: this check looks at the wrong thing"]
    variants = {c.name.replace(f"/{c.firmware}/", "/", 1) for c in cases if c.firmware}
    return [f"{name}: no variant of it starts from a firmware" for name in without if name not in variants | EXEMPT]


def main():
    errors = check_lock() + check_firmware()
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
