# SPDX-License-Identifier: BSD-2-Clause
"""Source trees for the writer: every type of file and every attribute, as a directory or a tar."""

import io
import os
import shutil
import tarfile

from .paths import TREETOOL, TOP, Skip
from .run import run

XATTRS = """
cd "$1"
echo x >attrs
treetool xattr attrs user.name 76616c7565
treetool xattr attrs user.empty ""
for n in 1 2 3 4 5 6; do treetool bigxattr attrs user.number-$n $n $((n * 40)); done
echo x >capable
treetool xattr capable security.capability 0100000200200000000000000000000000000000
mkdir acl
echo x >acl/file
acl=02000000010006000000000002000400e803000004000400ffffffff10000600ffffffff20000000ffffffff
treetool xattr acl/file system.posix_acl_access $acl
treetool xattr acl system.posix_acl_default $acl
ln -s attrs link-with
treetool xattr link-with trusted.on-a-link 01
treetool many . 300 "$(printf '%0180d-' 7)"
mkdir mode-7777
chmod 7777 mode-7777
touch old
treetool time old -1000000000 5
"""


def make_directory(path, many):
    """The tree as a directory; with many entries in one folder of it."""
    if os.geteuid() != 0:
        raise Skip("making owners and device nodes needs root")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    env = dict(os.environ, PATH=f"{TREETOOL.parent}:{os.environ['PATH']}", LC_ALL="C")
    types = (TOP / "tests/golden/types.sh").read_text()
    (path / "types").mkdir()
    (path / "attrs").mkdir()
    run("busybox", "sh", "-euc", types + "\nmake_types " + str(path / "types"), env=env)
    run("busybox", "sh", "-euc", XATTRS, "sh", path / "attrs", env=env)
    (path / "many").mkdir()
    run(TREETOOL, "many", path / "many", str(many), "entry-")
    return path


def _add(tar, name, kind=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = fields.pop("mode", 0o644)
    info.size = len(data)
    info.uid, info.gid = fields.pop("owner", (0, 0))
    info.linkname = fields.pop("link", "")
    info.devmajor, info.devminor = fields.pop("device", (0, 0))
    sec, nsec = fields.pop("time", (1700000000, 123456789))
    info.mtime = sec
    info.pax_headers = {"mtime": f"{sec}.{nsec:09d}", **fields.pop("pax", {})}
    tar.addfile(info, io.BytesIO(data))


def make_tar(path):
    """What a directory of this machine may not hold: owners and devices without root, an attribute
    of 60000 bytes. Returns {path: the fields that its manifest must have}."""
    big = "".join(chr(32 + i * 7 % 90) for i in range(60000))
    expect = {}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "dir", tarfile.DIRTYPE, mode=0o2750, owner=(5, 6), time=(1600000000, 1))
        expect["dir"] = {"type": "d", "mode": "2750", "uid": 5, "gid": 6, "mtime": "1600000000.000000001"}
        _add(tar, "dir/setuid", data=b"#!/bin/sh\n", mode=0o4755, owner=(1000, 4000000000))
        expect["dir/setuid"] = {"type": "f", "mode": "4755", "uid": 1000, "gid": 4000000000, "size": 10}
        _add(tar, "dir/tty", tarfile.CHRTYPE, mode=0o620, device=(5, 3))
        expect["dir/tty"] = {"type": "c", "mode": "0620", "rdev": "5:3"}
        _add(tar, "dir/disk", tarfile.BLKTYPE, mode=0o660, device=(259, 70000))
        expect["dir/disk"] = {"type": "b", "rdev": "259:70000"}
        _add(tar, "dir/pipe", tarfile.FIFOTYPE, mode=0o600)
        expect["dir/pipe"] = {"type": "p", "mode": "0600"}
        _add(tar, "dir/again", tarfile.LNKTYPE, link="dir/setuid")
        expect["dir/again"] = {"type": "f", "nlink": 2, "uid": 1000}
        _add(tar, "dir/link", tarfile.SYMTYPE, link="x" * 4000, mode=0o777)
        expect["dir/link"] = {"type": "l", "target": "x" * 4000}
        attrs = {"user.text": "plain text", "user.big": big}
        _add(tar, "with-attr", data=b"x", pax={f"SCHILY.xattr.{k}": v for k, v in attrs.items()})
        expect["with-attr"] = {"xattrs": {k: v.encode().hex() for k, v in attrs.items()}}
        _add(tar, "twice", data=b"first")
        _add(tar, "twice", data=b"second time", mode=0o600)
        expect["twice"] = {"size": 11, "mode": "0600"}
        # A parent that no entry of its own describes.
        _add(tar, "implied/deep/file", data=big.encode())
        expect["implied/deep/file"] = {"size": 60000}
        expect["implied/deep"] = {"type": "d", "mode": "0755", "uid": 0}
    return expect
