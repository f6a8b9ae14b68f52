#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""bench.py ROOT: the benchmarks, which no test runs, still load with the harness that they use, the
fixtures that they ask for exist, and bench/README.md says what each measures."""
import importlib.util
import pathlib
import re
import sys
from importlib.machinery import SourceFileLoader

ROOT = pathlib.Path(sys.argv[1]).resolve()
sys.path.insert(0, str(ROOT / "bench"))
sys.dont_write_bytecode = True


def load():
    loader = SourceFileLoader("bench_run", str(ROOT / "bench/run"))
    spec = importlib.util.spec_from_loader("bench_run", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def main():
    errors = []
    bench = load()
    text = (ROOT / "bench/README.md").read_text()
    for name, function in bench.BENCHES.items():
        if not re.search(rf"(?m)^\| {name} \|", text):
            errors.append(f"bench/README.md: no row says what {name} measures")
        if not function.__doc__ or name not in bench.__doc__:
            errors.append(f"bench/run: {name} is not explained")
    sources = [ROOT / "bench/run", *ROOT.glob("bench/*.py")]
    for path in sources:
        for name in re.findall(r"\b(?:make|fixture)\(\"(\w+)\"\)", path.read_text()):
            if name not in bench.FIXTURES:
                errors.append(f"{path.relative_to(ROOT)}: there is no fixture {name}")
    for fixture in bench.FIXTURES.values():
        errors += [f"fixture {fixture.name}: needs {n}, which does not exist" for n in fixture.needs if n not in bench.FIXTURES]
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
