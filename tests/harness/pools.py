# SPDX-License-Identifier: BSD-2-Clause
"""Pools by real OpenZFS, each with a tiny system in it, to boot with a kernel and /init alone."""

import shutil
import types

from . import lab, small
from .case import FIXTURES, fixture
from .paths import ZLIVE, Failure
from .run import run, zlive

HARNESS_FILE = __file__

# Says what it finds, then is a shell for the lines that it reads, as the small system's init.
INIT = small.INIT.replace('echo "SMALL-READY"', 'cat /etc/name; echo "SMALL-READY"')

# Disks as large as what a test does in them; OpenZFS wants 64 MiB at least.
LARGE = ("single", "mirror-a", "mirror-b", "encrypted", "removed", "gone")

MAKE = """
fill() { # name
	zfs create -o mountpoint=none zlive/ROOT
	zfs create -o mountpoint=/ -o canmount=noauto ${2:-} zlive/ROOT/small
	zpool set bootfs=zlive/ROOT/small zlive
	zfs mount zlive/ROOT/small
	zfs create zlive/ROOT/small/opt
	echo "in opt" >/mnt/pool/opt/file
	zfs create -o mountpoint=/home zlive/home
	chmod 1777 /mnt/pool/home
	for d in dev etc proc run sys tmp usr/bin usr/sbin; do mkdir -p /mnt/pool/$d; done
	for d in bin sbin; do ln -s usr/$d /mnt/pool/$d; done
	cp init /mnt/pool/usr/sbin/init
	chmod 755 /mnt/pool/usr/sbin/init
	cp busybox /mnt/pool/usr/bin/busybox
	chmod 755 /mnt/pool/usr/bin/busybox
	for a in cat echo grep ls mount poweroff stty sync; do ln -s busybox /mnt/pool/usr/bin/$a; done
	echo "SYSTEM $1" >/mnt/pool/etc/name
	zfs create -o mountpoint=/ -o canmount=noauto zlive/ROOT/empty
	zpool list -H -o guid zlive >/tmp/out/$1
	${3:-true}
	zpool export zlive
}
crowd() {
	zfs create -o compression=off zlive/home/crowd
	dd if=/dev/zero of=/mnt/pool/home/crowd/all bs=1M 2>/dev/null || true
	zpool sync
	dd if=/dev/zero of=/mnt/pool/home/crowd/rest bs=128k 2>/dev/null || true
	zpool sync
}
options="-f -O mountpoint=none -O compression=zstd -R /mnt/pool"
zpool create $options zlive /dev/vdc
fill single
zpool create $options zlive mirror /dev/vdd /dev/vde
fill mirror
zpool create $options zlive /dev/vdf
echo "right horse" >/tmp/key
fill encrypted "-o encryption=on -o keyformat=passphrase -o keylocation=file:///tmp/key"
zpool create $options zlive /dev/vdg /dev/vdh
fill removed
zpool create $options zlive /dev/vdi
fill full "" crowd
zpool create $options zlive mirror /dev/vdj /dev/vdk
fill own
dd if=/dev/vdj of=/dev/vdl bs=1M 2>/dev/null
dd if=/dev/vdk of=/dev/vdn bs=1M 2>/dev/null
half=$(zdb -l /dev/vdk1 | sed -n 's/^    guid: //p')
zpool import -N -d /dev/vdj1 zlive
zpool detach zlive $half
zpool set bootfs= zlive
zpool export zlive
zpool import -d /dev/vdg1 -d /dev/vdh1 zlive
zpool remove zlive vdh
zpool wait -t remove zlive
zpool export zlive
zpool import -N -d /dev/vdf1 zlive
zfs load-key zlive/ROOT/small
zfs set keylocation=prompt zlive/ROOT/small
zpool export zlive
echo 0x1234abcd >/sys/module/spl/parameters/spl_hostid
zpool create $options zlive /dev/vdm
fill elsewhere
zpool import -R /mnt/pool -d /dev/vdm1 zlive
zfs rename zlive/ROOT/small zlive/ROOT/moved
zfs set mountpoint=/srv/old canmount=on readonly=on zlive/ROOT/moved
zpool set multihost=on zlive
zpool sync
"""


@fixture("init_ramdisk", needs=["tree"], inputs=[ZLIVE])
def make_init_ramdisk(path):
    zlive("ramdisk", "--root", FIXTURES["tree"].value(), "--level", "3", "-o", path)
    return path


@fixture("init_pools", needs=["lab"], inputs=[HARNESS_FILE])
def make_pools(path):
    """The folder with {single, mirror-a, mirror-b, encrypted, removed, full, own}.img, a .guid of each pool.

    And half.img, of own's mirror, that was detached; away.img, the same if it had not been there then; older.img,
    a dd copy of own from before.
    And elsewhere.img, changed on another host and never exported there.
    """
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    disks = [path / f"{name}.img" for name in (*LARGE, "full")]
    disks += [path / f"{name}.img" for name in ("own", "half", "older", "elsewhere", "away")]
    for disk in disks:
        run("truncate", "-s", "256M" if disk.stem in LARGE else "96M", disk)
    (path / "init").write_text(INIT)
    shutil.copy("/bin/busybox", path / "busybox")
    job = types.SimpleNamespace(dir=path)
    out = lab.run_job(job, FIXTURES["lab"].value(), MAKE, disks, [path / "init", path / "busybox"])
    for name in ("single", "mirror", "encrypted", "removed", "full", "own", "elsewhere"):
        shutil.copy(out / name, path / f"{name}.guid")
    return path


class InitMachine(small.SmallMachine):
    """The kernel and the ramdisk, without firmware and loader; the pool is named by its GUID."""

    def __init__(self, t, pool, cmdline="", ramdisk=None, **kwargs):
        super().__init__(t, **kwargs)
        guid = (t.init_pools / f"{pool}.guid").read_text().strip()
        if not guid.isdigit():
            raise Failure(f"{pool}: GUID {guid!r}")
        kernel = t.lab[0]
        line = f"console=ttyS0 quiet panic=-1 no_timer_check zlive.pool={guid} root=ZFS=zlive/ROOT/small {cmdline}"
        self.use_kernel(kernel, ramdisk or t.init_ramdisk, line)

    def allow_menu(self):
        """The menu or the rescue shell is what this test is about."""
        self.bad = [p for p in self.bad if b"rescue shell" not in p.pattern and b"stopped" not in p.pattern]

    def menu(self, headline, choice):
        """The menu with that headline comes up; takes a choice."""
        self.expect(b"zlive: the boot has stopped" + headline, 240)
        self.expect(rb"Number, then Enter \[1\]: ", 30)
        self.send(f"{choice}\n")

    def choose(self, listed, number):
        """The list of what can be chosen comes up, with that; takes a line of it."""
        self.expect(listed, 60)
        self.expect(rb"Enter alone goes back: ", 60)
        self.send(f"{number}\n")

    def check_system(self, name):
        """The system of that pool is up, with its child dataset."""
        self.expect(rf"SYSTEM {name}\r?\n".encode(), 240)
        self.expect(rb"SMALL-READY", 60)
        if "in opt" not in self.shell("cat /opt/file"):
            raise Failure("the child dataset is not mounted")
        mounts = self.shell("mount")
        if "zlive/ROOT/small on / type zfs" not in mounts or "devtmpfs on /dev" not in mounts:
            raise Failure(f"mounts:\n{mounts}")
        if self.shell("ls -A /sysroot 2>/dev/null; ls /init 2>/dev/null; echo x").split() != ["x"]:
            raise Failure("the ramdisk is still there")
