# SPDX-License-Identifier: BSD-2-Clause
"""zlive scan: the state of pools and of their devices, as OpenZFS has it."""

import json
import shutil

from harness import lab
from harness.case import case
from harness.golden import take
from harness.paths import Failure
from harness.run import run, zlive

LABEL = 256 << 10


def scan(*imgs, ok=(0,)):
    args = [a for img in imgs for a in ("-d", img)]
    return json.loads(zlive("scan", "--pools", "--json", *args, ok=ok).stdout)


def leaves(vdevs):
    for v in vdevs:
        yield from leaves(v["children"]) if "children" in v else [v]


def partitions(img):
    """(number, first byte, bytes) of each that has a label."""
    found = json.loads(zlive("scan", "--json", "-d", img).stdout)
    return [(e["partition"], e["offset"], e["size"]) for e in found]


def wipe(img, number):
    """All four labels of a partition."""
    _, start, size = next(p for p in partitions(img) if p[0] == number)
    end = start + size // LABEL * LABEL
    with open(img, "r+b") as f:
        for at in (start, start + LABEL, end - 2 * LABEL, end - LABEL):
            f.seek(at)
            f.write(bytes(LABEL))


@case("interop/scan/health", cost=10)
def health_is_what_openzfs_says(t):
    for name in ("default", "wholedisk", "mirror", "stripe", "datasets", "foreign-exported", "foreign-inuse", "old"):
        img, golden = take(t, name)
        pools = scan(img)
        if [p["pool_guid"] for p in pools] != [int(golden["pool"]["guid"])]:
            raise Failure(f"{name}: {pools}")
        if pools[0]["health"] != golden["pool"]["health"] or "error" in pools[0]:
            raise Failure(f"{name}: {pools[0]['health']}, not {golden['pool']['health']}: {pools[0]}")
        img.unlink()


@case("interop/scan/text", cost=5)
def people_see_the_tree(t):
    img, golden = take(t, "stripe")
    text = zlive("scan", "--pools", "-d", img).stdout.decode()
    lines = [line.split() for line in text.splitlines() if line.strip()]
    for wanted in (["pool:", "tank"], ["id:", golden["pool"]["guid"]], ["state:", "ONLINE"], ["logs"], ["spares"]):
        if wanted not in lines:
            raise Failure(f"no line {wanted}:\n{text}")
    states = {line[0].rpartition("#")[2]: line[1] for line in lines if "#" in line[0]}
    if states != {"1": "ONLINE", "2": "ONLINE", "3": "ONLINE", "4": "AVAIL"}:
        raise Failure(f"{states}:\n{text}")


@case("interop/scan/missing", cost=10)
def what_lacks_is_named(t):
    img, _ = take(t, "stripe")
    whole = scan(img)[0]
    log = next(v for v in whole["vdevs"] if v["class"] == "log")
    log_part = int(log["device"].rpartition("#")[2])
    wipe(img, log_part)
    pool = scan(img)[0]
    gone = [v for v in pool["vdevs"] if v["guid"] == log["guid"]]
    if pool["health"] != "DEGRADED" or [v["state"] for v in gone] != ["UNAVAIL"]:
        raise Failure(f"without its log: {pool}")
    data = next(v for v in whole["vdevs"] if v["class"] == "normal")
    wipe(img, int(data["device"].rpartition("#")[2]))
    pool = scan(img)[0]
    if pool["health"] != "UNAVAIL" or "missing" not in pool["error"]:
        raise Failure(f"without a vdev: {pool}")
    img, _ = take(t, "mirror")
    parts = [int(v["device"].rpartition("#")[2]) for v in leaves(scan(img)[0]["vdevs"]) if v["state"] == "ONLINE"]
    if len(parts) != 1:
        raise Failure(f"sides online: {parts}")
    wipe(img, parts[0])
    pool = scan(img)[0]
    # The side that is left was taken offline before anybody wrote that down on it.
    states = {int(v["device"].rpartition("#")[2]) if "device" in v else 0: v["state"] for v in leaves(pool["vdevs"])}
    if pool["health"] != "DEGRADED" or states.pop(0, "") != "UNAVAIL" or list(states.values()) != ["ONLINE"]:
        raise Failure(f"without its good side: {pool}")


@case("interop/scan/copies", cost=5)
def copies_are_told(t):
    img, _ = take(t, "default")
    copy = t.dir / "copy.img"
    shutil.copy(img, copy)
    pools = scan(img, copy)
    leaf = list(leaves(pools[0]["vdevs"]))
    if len(pools) != 1 or len(leaf) != 1:
        raise Failure(f"{pools}")
    names = [leaf[0]["device"], *leaf[0]["copies"]]
    if sorted(n.partition("#")[0] for n in names) != sorted([str(img), str(copy)]):
        raise Failure(f"copies: {names}")
    text = zlive("scan", "-d", img, "-d", copy).stdout.decode()
    if "a copy of" not in text:
        raise Failure(text)


# Each word: a pool, its vdevs with a disk for each D, and which of its disks are wiped afterwards.
MAKE = """
export_all() { zpool list -H -o name | while read -r p; do zpool export "$p"; done; }
make() { # POOL FIRST-DISK-PARTITION WIPED ARGUMENT...
	pool=$1 wiped=$2
	shift 2
	zpool create -f -O mountpoint=none $pool "$@"
	zpool sync
	zpool export $pool
	for w in $wiped; do
		zpool labelclear -f $w || :
	done
}
d=/dev/vdc
make whole "" ${d}1
make pair "${d}3" mirror ${d}2 ${d}3
make dead "${d}4 ${d}5" mirror ${d}4 ${d}5 ${d}6
make nolog "${d}8" ${d}7 log ${d}8
make half "${d}10" ${d}9 ${d}10
make three "${d}12" raidz1 ${d}11 ${d}12 ${d}13
make two "${d}14 ${d}15" raidz1 ${d}14 ${d}15 ${d}16
make special "" ${d}17 special ${d}18 spare ${d}19
zpool import -d /dev >/tmp/out/import 2>&1 || :
"""


def parse_import(text):
    """{pool: {"state":, "tree": [(name, state)...]}} of `zpool import`."""
    pools, pool = {}, None
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["pool:"]:
            pool = pools[words[1]] = {"tree": []}
        elif words[:1] == ["state:"]:
            pool["state"] = words[1]
        elif line.startswith("\t") and len(words) >= 2 and words[1].isupper():
            pool["tree"].append((words[0], words[1]))
    return pools


def as_import(vdevs):
    for v in vdevs:
        name = v["was"].rpartition("/")[2] if "children" not in v else v["name"]
        yield (name, v["state"])
        yield from as_import(v.get("children", []))


@case("interop/scan/as-zpool-import", needs=["lab"], cost=120, full=True)
def states_are_those_of_zpool_import(t):
    """Pools that lack devices, in the words of `zpool import` in the machine that made them."""
    img = t.dir / "disk.img"
    run("truncate", "-s", "1600M", img)
    for n in range(1, 20):
        run("sgdisk", "-a", "8", "-n", f"{n}:{2048 + (n - 1) * 163840}:+80M", "-t", f"{n}:bf00", img)
    out = lab.run_job(t, t.lab, MAKE, [img])
    text = (out / "import").read_text()
    wanted = parse_import(text)
    found = {p["pool"]: p for p in scan(img)}
    if set(found) != set(wanted) or len(wanted) != 8:
        raise Failure(f"scan: {sorted(found)}, zpool import: {sorted(wanted)}\n{text}")
    for name, w in wanted.items():
        p = found[name]
        if p["health"] != w["state"]:
            raise Failure(f"{name}: {p['health']}, not {w['state']}\n{text}")
        mine = dict(as_import(p["vdevs"]))
        for vdev, state in w["tree"]:
            # What zpool cannot find has its GUID for a name.
            if vdev != name and vdev in mine and mine[vdev] != state:
                raise Failure(f"{name}: {vdev} is {mine[vdev]}, not {state}\n{text}")
        if sum(v in mine for v, _ in w["tree"]) < 1:
            raise Failure(f"{name}: no vdev in common: {mine}\n{text}")
