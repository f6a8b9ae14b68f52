#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""golden.py ROOT: fails where tests/golden/rows.toml names no golden pool for something that the
reader must read, a pool that is not there or does not prove it, and for a pool that it leaves out."""
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tests"))

from harness import golden  # noqa: E402

# The rows of the table.
ROWS = ["vdevs", "blocks", "pool", "features", "datasets", "encryption"]
LIMIT = 20_000_000


def read_rows():
    with open(ROOT / "tests/golden/rows.toml", "rb") as f:
        return tomllib.load(f)


def check_item(row, item, shown_by, pools, errors):
    """Returns the names of the pools that show item."""
    found = set()
    for text in [shown_by] if isinstance(shown_by, str) else shown_by:
        name, _, pattern = text.partition(": ")
        if name not in pools:
            errors.append(f"{row}, {item}: no pool {name}")
            continue
        found.add(name)
        if pattern and not golden.proves(pools[name], pattern):
            errors.append(f"{row}, {item}: {name} does not prove {pattern!r}")
    if not found:
        errors.append(f"{row}, {item}: no golden pool shows it")
    return found


def main():
    errors = []
    rows = read_rows()
    pools = {name: golden.load(name) for name in golden.names()}
    used = set()
    missing = rows.pop("missing", {})
    errors += [f"no row {row}" for row in ROWS if not rows.get(row)]
    for row, items in rows.items():
        for item, shown_by in items.items():
            used |= check_item(row, item, shown_by, pools, errors)
    errors += [f"{name}: in no row" for name in sorted(set(pools) - used)]
    size = sum(path.stat().st_size for path in golden.GOLDEN.glob("*.xz"))
    if size > LIMIT:
        errors.append(f"the golden pools have {size} bytes, more than {LIMIT}")
    for item, why in missing.items():
        print(f"no pool shows: {item}: {why}")
    for e in errors:
        print(e)
    print(f"{sum(map(len, rows.values()))} items, {len(pools)} pools, {size >> 10} KiB, {len(errors)} errors")
    sys.exit(1 if errors else 0)


main()
