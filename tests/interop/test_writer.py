# SPDX-License-Identifier: BSD-2-Clause
"""Pools that the writer made, judged by zdb and by OpenZFS itself."""

import functools
import os
import re
import shutil

from harness import image, lab, manifest, source, stick
from harness.case import case, fixture
from harness.paths import Failure
from harness.run import run
from harness.zdb import zdb

MANY = 100_000

# All that a pool may be put through; what it reads back goes to the host.
GUEST = """
no_complaint() {
	zpool status -P zlive | tee /tmp/status
	! grep -E '^ *(status|action|see):' /tmp/status
}
disabled() {
	zpool get -H -o property,value all zlive | grep -c '^feature@.*disabled$' || true
}
seen=$(zpool import -d /dev | sed -n 's/^ *state: //p')
[ "$seen" = ONLINE ]
zpool import -d /dev -N -R /mnt/p zlive
[ "$(zpool list -H -o health zlive)" = ONLINE ]
no_complaint
root=zlive/ROOT/debian
[ "$(zpool get -H -o value bootfs zlive)" = $root ]
[ "$(zfs get -H -o value mountpoint zlive)" = none ]
[ "$(zfs get -H -o value canmount $root)" = noauto ]
zfs get -Hp -o name,property,value,source all >/tmp/out/properties
zfs mount $root
treetool manifest /mnt/p >/tmp/out/read

scrub() {
	zpool scrub -w zlive
	zpool status zlive >/tmp/status
	grep 'repaired 0B .* with 0 errors' /tmp/status
	grep 'errors: No known data errors' /tmp/status
}
scrub

zfs snapshot -r zlive@one
zfs clone $root@one zlive/ROOT/clone
zfs set compression=zstd recordsize=1M copies=2 zlive/ROOT/clone
zfs set org.example:note='a note' zlive
zpool set comment='a comment' zlive
mkdir /mnt/clone
mount -t zfs -o zfsutil zlive/ROOT/clone /mnt/clone
rm -rf /mnt/clone/many
treetool fill /mnt/clone/new random 1 5000000
treetool many /mnt/clone 2000 new-
umount /mnt/clone
zfs promote zlive/ROOT/clone
zfs promote $root
zfs destroy zlive/ROOT/clone
rm -rf /mnt/p/types
treetool fill /mnt/p/attrs/attrs text 2 3000000
zfs rollback $root@one
mkdir -p /mnt/again
mount -t zfs $root@one /mnt/again
treetool manifest /mnt/again >/tmp/out/snapshot
umount /mnt/again

# It stays one for OpenZFS 2.1 until somebody wants otherwise.
set=$(zpool get -H -o value compatibility zlive)
old=$(disabled)
zpool upgrade zlive
[ $(disabled) = $old ]
mv /usr/share/zfs/compatibility.d/$set /tmp/set
zpool status zlive >/tmp/status
grep 'errors: No known data errors' /tmp/status
grep 'compatibility list' /tmp/status
mv /tmp/set /usr/share/zfs/compatibility.d/$set
no_complaint
zpool set compatibility=off zlive
zpool upgrade zlive
echo "compatibility $set: $old features disabled, then $(disabled)"
[ $old -ge 5 ]
[ $(disabled) = 0 ]
zpool sync
no_complaint

before=$(zpool list -Hp -o size zlive)
zpool online -e zlive $(zpool list -Hv -P zlive | awk 'NR == 2 { print $1 }')
# A thread of the pool's takes the space in, some time after the next transaction group.
for _ in $(seq 60); do
	after=$(zpool list -Hp -o size zlive)
	[ $after -gt $before ] && break
	sleep 1
done
echo "grown from $before to $after"
[ $after -gt $((before + 400000000)) ]
treetool fill /mnt/p/large random 3 60000000
zpool sync
rm /mnt/p/large
scrub
treetool manifest /mnt/p >/tmp/out/end
zfs destroy -r zlive@one
zpool export zlive
zpool import -d /dev -N zlive
zpool export zlive
"""


def vdev_file(img, path):
    """The bytes of the ZFS partition as a file of their own, for zdb."""
    start, size = image.zfs_partition(img)
    path.unlink(missing_ok=True)
    with open(img, "rb") as src, open(path, "wb") as dst:
        dst.truncate(size)
        at = start
        while True:
            try:
                at = os.lseek(src.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            if at >= start + size:
                break
            end = min(os.lseek(src.fileno(), at, os.SEEK_HOLE), start + size)
            src.seek(at)
            dst.seek(at - start)
            while at < end:
                piece = src.read(min(1 << 20, end - at))
                dst.write(piece)
                at += len(piece)
    return path


def check_zdb_text(text):
    """zdb's verdict: it says that there is no leak, and nothing of errors."""
    if "No leaks (block sum matches space maps exactly)" not in text:
        raise Failure(f"zdb: leaks\n{text[-3000:]}")
    bad = re.search(r"(?im)^.*(zdb_blkptr_cb: Got error|leaked space|double alloc|checksum error|error counts).*$", text)
    if bad:
        raise Failure(f"zdb: {bad.group()}")


def this_zdb(*args):
    done = run("zdb", *args)
    return (done.stdout + done.stderr).decode(errors="replace")


def check_zdb(t, img, program):
    folder = t.dir / "zdb"
    folder.mkdir()
    vdev_file(img, folder / "vdev")
    check_zdb_text(program("-e", "-p", folder, "-bcc", "zlive"))
    shutil.rmtree(folder)


def enlarge(img, by):
    """A larger disk: the partition table's copy moves to the new end, the pool's partition grows."""
    run("truncate", "-s", f"+{by}", img)
    guids = run("sgdisk", "-i", "2", img).stdout.decode()
    unique = re.search(r"unique GUID: (\S+)", guids).group(1)
    kind = re.search(r"GUID code: (\S+)", guids).group(1)
    first = re.search(r"First sector: (\d+)", guids).group(1)
    run("sgdisk", "-e", img)
    run("sgdisk", "-a", "1", "-d", "2", "-n", f"2:{first}:0", "-t", f"2:{kind}", "-u", f"2:{unique}", img)


@fixture("source_small")
def make_source_small(path):
    return source.make_directory(path, 3000)


@fixture("source_large")
def make_source_large(path):
    return source.make_directory(path, MANY)


def declare(name, which, options, cost):
    @case(f"interop/writer/{name}", needs=[which, "lab", "tree"], cost=cost)
    def judged_by_openzfs(t):
        tree = getattr(t, which)
        expected = manifest.of_directory(tree)
        img = stick.build_plain(tree, t.dir / "stick.img", *options)
        check_zdb(t, img, this_zdb)
        enlarge(img, "1G")
        limit = 900 if which == "source_large" else 400
        out = lab.run_job(t, t.lab, GUEST, [img], limit=limit)
        for text in ("read", "snapshot", "end"):
            found = manifest.parse((out / text).read_text())
            # At the end a file had come and gone in the top folder.
            manifest.compare(expected, found, stick.KEPT, may_change=[""] if text == "end" else [])
            sparse = found["types/sparse"]["allocated"], found["types/all-hole"]["allocated"]
            if sparse[0] > 1 << 20 or sparse[1] > 4096:
                raise Failure(f"sparse files take {sparse} bytes")
        check_zdb(t, img, functools.partial(zdb, t.tree))  # this machine's is too old for it now
        img.unlink()


declare("default", "source_small", [], 40)
declare("100000-entries", "source_large", ["--compression", "lz4"], 200)
declare("recordsize-1m-zstd", "source_small", ["--recordsize", "1M", "--compression", "zstd-19"], 40)
declare("copies-2", "source_small", ["--copies", "2"], 40)
declare("ashift-9", "source_small", ["--ashift", "9", "--compression", "lz4"], 40)
declare("uncompressed", "source_small", ["--compression", "off"], 40)
declare("recordsize-4k-ashift-13", "source_small", ["--recordsize", "4K", "--ashift", "13"], 40)
