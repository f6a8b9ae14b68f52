# SPDX-License-Identifier: BSD-2-Clause
"""Every command: help, mistyped arguments, and things that are not there."""

from harness.case import case
from harness.paths import Failure
from harness.run import zlive

COMMANDS = ["build", "run", "scan", "ls", "cat", "export", "mount", "ramdisk"]

WRONG = [
    ["nonsense"],
    ["--nonsense"],
    [],
    ["build"],
    ["build", "--nonsense"],
    ["build", "-o", "x.img"],
    ["build", "--root", "/"],
    ["build", "-o", "x.img", "--root", "/", "--suite", "trixie"],
    ["build", "-o", "x.img", "--root", "/", "--size", "many"],
    ["build", "-o", "x.img", "--root", "/", "--size", "-1"],
    ["build", "-o", "x.img", "--root", "/", "--sector-size", "513"],
    ["build", "-o", "x.img", "--root", "/", "--ashift", "40"],
    ["build", "-o", "x.img", "--root", "/", "--copies", "4"],
    ["build", "-o", "x.img", "--root", "/", "--compression", "best"],
    ["build", "-o", "x.img", "--root", "/", "--recordsize", "100K"],
    ["build", "-o", "x.img", "--root", "/", "--recordsize", "2M"],
    ["build", "-o", "x.img", "--root", "/", "--pool", "a/b"],
    ["build", "-o", "x.img", "--root", "/", "--hostname", "-x-"],
    ["build", "-o", "x.img", "--root", "/", "--user", "me"],
    ["build", "-o", "x.img", "--root", "/", "extra"],
    ["run"],
    ["run", "--nonsense"],
    ["scan", "--nonsense"],
    ["ls", "--nonsense"],
    ["cat"],
    ["cat", "--nonsense"],
    ["cat", "--offset", "many", "x:/y"],
    ["cat", "--length", "-1", "x:/y"],
    ["export", "--nonsense"],
    ["export", "x", "y"],
    ["mount"],
    ["mount", "--nonsense", "/mnt"],
    ["mount", "a", "b", "c"],
    ["ramdisk"],
    ["ramdisk", "--root", "/"],
    ["ramdisk", "--nonsense"],
]


# What was mistyped, and what is meant; None: nothing is so much like it that one could ask.
MEANT = [
    (["biuld"], "build"),
    (["lss"], "ls"),
    (["nonsense"], None),
    (["scan", "--jsno"], "--json"),
    (["build", "--hostnam1=x"], "--hostname"),
    (["run", "--memroy", "2G"], "--memory"),
    (["ramdisk", "--kernle", "x"], "--kernel"),
    (["deb", "--ouput", "x"], "--output"),
    (["build", "--comp=x", "--nonsense"], None),
    (["build", "--suite"], None),
]


def declare_wrong(argv):
    name = "_".join(argv).replace("/", "root") or "nothing"

    @case(f"interop/usage/{name}", cost=1)
    def wrong_usage(t):
        done = zlive(*argv, ok=None, cwd=t.dir)
        if done.returncode != 2:
            raise Failure(f"status {done.returncode}, not 2: {done.stderr.decode()}")
        if not done.stderr.strip() or done.stdout.strip():
            raise Failure(f"stdout {done.stdout!r}, stderr {done.stderr!r}")


def declare_help(command):
    @case(f"interop/help/{command}", cost=1)
    def prints_help(t):
        done = zlive(command, "--help")
        if done.stderr or b"Usage: zlive " + command.encode() not in done.stdout:
            raise Failure(f"stdout {done.stdout!r}, stderr {done.stderr!r}")


for command in COMMANDS:
    declare_help(command)
for wrong in WRONG:
    declare_wrong(wrong)


@case("interop/usage/not-there", cost=1)
def names_what_is_not_there(t):
    (t.dir / "empty.img").write_bytes(bytes(1 << 20))
    missing = str(t.dir / "missing.img")
    for argv, text in [
        (["ls", "-d", missing, "zlive"], "missing.img"),
        (["cat", "-d", missing, "zlive:/x"], "missing.img"),
        (["ls", "-d", str(t.dir / "empty.img"), "zlive"], ""),
        (["run", missing], "missing.img"),
        (["ramdisk", "--root", missing, "-o", str(t.dir / "x")], "missing.img"),
    ]:
        done = zlive(*argv, ok=None)
        if done.returncode != 1 or text not in done.stderr.decode() or not done.stderr.strip():
            raise Failure(f"{argv}: status {done.returncode}, {done.stderr.decode()!r}")


@case("interop/usage/meant", cost=1)
def mistyped_words(t):
    """The command or option that was meant is named, where one is like it; nothing is guessed."""
    for argv, meant in MEANT:
        done = zlive(*argv, ok=None, cwd=t.dir)
        text = done.stderr.decode()
        if done.returncode != 2 or ("did you mean" in text) != (meant is not None) or (meant and f"did you mean '{meant}'?" not in text):
            raise Failure(f"{argv}: status {done.returncode}, {text}")
