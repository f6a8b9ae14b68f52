# SPDX-License-Identifier: BSD-2-Clause
"""What a test file declares: cases, and the fixtures that several of them share."""

import hashlib
import json
import os
import pathlib
import types

from .paths import LOGS, WORK, Failure

# What a case gets in place of a fixture when it starts from a firmware.
BEHIND_FIRMWARE = {"init_pools": "boot_pools"}

# How many seconds longer a case takes from a firmware on, for each machine that it starts.
FIRMWARE_COST = {"uefi": 10, "bios": 5}

CASES = []
FIXTURES = {}


class Case:
    def __init__(self, name, fn, needs, cost, firmware=None, limit=None):
        self.name = name
        self.fn = fn
        self.firmware = firmware  # None: the kernel is started without one, where that does
        self.instead = BEHIND_FIRMWARE if firmware else {}
        self.needs = tuple(self.instead.get(n, n) for n in needs)
        self.cost = cost  # seconds on a quiet machine: the long ones start first
        self.limit = limit or max(600, 6 * cost)  # seconds: a case that takes longer has failed
        self.dir = LOGS / name

    def __getattr__(self, name):
        """case.lab is the value of the fixture "lab", which the case must have asked for."""
        name = self.__dict__.get("instead", {}).get(name, name)
        if name in self.__dict__.get("needs", ()):
            return FIXTURES[name].value()
        raise AttributeError(name)


def fingerprint(code):
    """Of a function's code, the functions in it included; the same in every run."""
    consts = [fingerprint(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {consts}"


class Fixture:
    def __init__(self, name, make, needs, inputs, version):
        self.name = name
        self.make = make
        self.needs = needs
        self.inputs = inputs
        self.version = version
        self._value = None

    def path(self):
        return WORK / self.name

    def _key(self):
        """Changes when the fixture, one that it needs or a file that it is made from changes."""
        h = hashlib.sha256(fingerprint(self.make.__code__).encode())
        for need in self.needs:
            h.update((WORK / (need + ".version")).read_bytes())
        for path in self.inputs:
            st = os.stat(path)
            h.update(f"{path} {st.st_size} {st.st_mtime_ns}\n".encode())
        return h.hexdigest()

    def value(self):
        """What make returned: paths, as JSON keeps them between runs."""
        if self._value is None:
            self._value = json.loads((WORK / (self.name + ".value")).read_text())
        v = self._value
        if isinstance(v, list):
            return [pathlib.Path(x) for x in v]
        return pathlib.Path(v)

    def is_there(self):
        """Whether it was made before, of what is there now."""
        key_file = WORK / (self.name + ".key")
        return key_file.exists() and (WORK / (self.name + ".value")).exists() and key_file.read_text() == self._key()

    def build(self, say):
        WORK.mkdir(parents=True, exist_ok=True)
        if self.is_there():
            return
        key_file = WORK / (self.name + ".key")
        value_file = WORK / (self.name + ".value")
        key = self._key()
        key_file.unlink(missing_ok=True)
        say(f"preparing {self.name}")
        v = self.make(self.path())
        v = [str(x) for x in v] if isinstance(v, (list, tuple)) else str(v)
        value_file.write_text(json.dumps(v))
        self._value = None
        (WORK / (self.name + ".version")).write_text(self.version(self.value()) if self.version else key)
        key_file.write_text(key)


class Preparation(Case):
    """Making a fixture, run as a case is."""

    def __init__(self, fixture):
        super().__init__(f"fixture/{fixture.name}", lambda _: fixture.build(print), fixture.needs, 0, limit=3600)
        self.fixture = fixture


def case(name, needs=(), cost=10, full=False, firmware=(), limit=None):
    """Declares a test: the function gets its Case; it fails by an exception.

    full: only `make test-full` runs it, for its time; the same code has a case in `make test`.
    firmware: `make test-full` runs it as e2e/uefi/..., e2e/bios/..., too: from that firmware on. What is
    full anyhow runs in no other way then, since starting without one would show nothing more.
    """

    everything = bool(os.environ.get("ZLIVE_TEST_FULL"))
    kinds = firmware if full and firmware else (None, *firmware)

    def declare(fn):
        for kind in kinds:
            if (kind or full) and not everything:
                continue
            own = name.replace("/", f"/{kind}/", 1) if kind else name
            if any(c.name == own for c in CASES):
                raise Failure(f"two cases named {own}")
            CASES.append(Case(own, fn, needs, cost + FIRMWARE_COST.get(kind, 0), kind, limit))
        return fn

    return declare


def fixture(name, needs=(), inputs=(), version=None):
    """Declares what cases share: the function gets a path to make and returns path or paths.

    It is made again when one of the files `inputs` changes or one of the fixtures `needs` was made
    again; but if that one has a version (of its value), only when this is another.
    """

    def declare(fn):
        FIXTURES[name] = Fixture(name, fn, tuple(needs), tuple(inputs), version)
        return fn

    return declare


def fixtures_of(cases):
    """The fixtures that cases need, each after those that it needs itself."""
    order = []

    def add(name):
        for need in FIXTURES[name].needs:
            add(need)
        if name not in order:
            order.append(name)

    for c in cases:
        for name in c.needs:
            add(name)
    return [FIXTURES[name] for name in order]
