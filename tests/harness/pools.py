# SPDX-License-Identifier: BSD-2-Clause
"""Pools by real OpenZFS, each with a tiny system in it, to boot with a kernel and /init alone."""

import shutil
import types

from . import lab, small, stick
from .case import FIXTURES, fixture
from .machine import overlay
from .paths import BUILD, ZLIVE, Failure
from .run import run, zlive

HARNESS_FILE = __file__

# Says what it finds, then is a shell for the lines that it reads, as the small system's init.
INIT = small.INIT.replace('echo "SMALL-READY"', 'cat /etc/name; echo "SMALL-READY"')

# Disks as large as what a test does in them; OpenZFS wants 64 MiB at least.
LARGE = ("single", "mirror-a", "mirror-b", "encrypted", "removed", "gone")
# These OpenZFS partitions itself, unless something is to start from them; the others look like sticks.
WHOLE = ("encrypted", "removed", "gone")
COPIES = ("older", "away", "earlier")  # by dd in the lab

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
	[ ! -e boot.tar ] || tar xf boot.tar -C /mnt/pool
	zfs set org.zfsbootmenu:commandline="console=tty0 console=ttyS0 quiet panic=-1 no_timer_check" zlive/ROOT
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
boot_apart() { # the loader reads nothing encrypted
	[ -e boot.tar ] || return 0
	zfs umount -a
	zfs mount zlive/ROOT/empty
	tar xf boot.tar -C /mnt/pool
}
p=
[ ! -e boot.tar ] || p=1
options="-f -O mountpoint=none -O compression=zstd -R /mnt/pool"
zpool create $options zlive /dev/vdc1
fill single
zpool import -N -d /dev/vdc1 zlive
zpool sync
zpool export zlive
zpool create $options zlive mirror /dev/vdd1 /dev/vde1
fill mirror
zpool create $options zlive /dev/vdf$p
echo "right horse" >/tmp/key
fill encrypted "-o encryption=on -o keyformat=passphrase -o keylocation=file:///tmp/key" boot_apart
zpool create $options zlive /dev/vdg$p /dev/vdh$p
fill removed
zpool create $options zlive /dev/vdi1
fill full "" crowd
zpool create $options zlive mirror /dev/vdj1 /dev/vdk1
fill own
dd if=/dev/vdj of=/dev/vdl bs=1M 2>/dev/null
dd if=/dev/vdk of=/dev/vdn bs=1M 2>/dev/null
half=$(zdb -l /dev/vdk1 | sed -n 's/^    guid: //p')
zpool import -N -d /dev/vdj1 zlive
zpool detach zlive $half
zpool export zlive
dd if=/dev/vdj of=/dev/vdp bs=1M 2>/dev/null
zpool import -N -d /dev/vdj1 zlive
zpool set bootfs= zlive
zpool export zlive
zpool import -d /dev/vdg1 -d /dev/vdh1 zlive
zpool remove zlive vdh$p
zpool wait -t remove zlive
zpool export zlive
zpool import -N -d /dev/vdf1 zlive
zfs load-key zlive/ROOT/small
zfs set keylocation=prompt zlive/ROOT/small
zpool export zlive
zpool create $options zlive raidz /dev/vdq1 /dev/vdr1 /dev/vds1
fill raidz
zpool create -o compatibility=openzfs-2.1-linux $options zlive /dev/vdo1
zpool get -H -o property,value all zlive | grep feature@ >/tmp/out/features-before
fill upgraded
echo 0x1234abcd >/sys/module/spl/parameters/spl_hostid
zpool import -f -N -R /mnt/pool -d /dev/vdo1 zlive
zpool set compatibility=off zlive
zpool upgrade zlive
zfs mount zlive/ROOT/small
zfs set checksum=blake3 zlive/ROOT/small
cp init /mnt/pool/etc/written-there
zpool sync
zpool get -H -o property,value all zlive | grep feature@ >/tmp/out/features-after
zpool export zlive
zpool create $options zlive /dev/vdm1
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


def make(path, files=()):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    disks = [path / f"{name}.img" for name in (*LARGE, "full")]
    disks += [path / f"{name}.img" for name in ("own", "half", "older", "elsewhere", "away", "upgraded", "earlier", "raidz-a", "raidz-b", "raidz-c")]
    for disk in disks:
        run("truncate", "-s", "256M" if disk.stem in LARGE else "96M", disk)
        if disk.stem not in COPIES and (files or disk.stem not in WHOLE):
            stick.make_partitions(disk)
    (path / "init").write_text(INIT)
    shutil.copy("/bin/busybox", path / "busybox")
    job = types.SimpleNamespace(dir=path, firmware=None)
    out = lab.run_job(job, FIXTURES["lab"].value(), MAKE, disks, [path / "init", path / "busybox", *files])
    for name in ("single", "mirror", "encrypted", "removed", "full", "own", "elsewhere", "upgraded", "raidz"):
        shutil.copy(out / name, path / f"{name}.guid")
    for name in ("features-before", "features-after"):
        shutil.copy(out / name, path)
    return disks


@fixture("init_pools", needs=["lab"], inputs=[HARNESS_FILE])
def make_pools(path):
    """The folder with {single, mirror-a, mirror-b, encrypted, removed, full, own, upgraded, raidz-{a,b,c}}.img, a .guid of each pool.

    And half.img, of own's mirror, that was detached; away.img, the same if it had not been there then; older.img,
    a dd copy of own from before; earlier.img, one from after that, but older than own.
    And elsewhere.img, changed on another host and never exported there; upgraded.img, made with the features of
    OpenZFS 2.1 and upgraded on that host (features-before, features-after).
    """
    make(path)
    return path


@fixture("boot_pools", needs=["lab", "init_ramdisk"], inputs=[HARNESS_FILE, BUILD / "BOOTX64.EFI", BUILD / "zlive-stage2.bin"])
def make_boot_pools(path):
    """The same with kernel and ramdisk in the pools and both loaders on the disks."""
    top = path.with_suffix(".boot")
    shutil.rmtree(top, ignore_errors=True)
    (top / "boot").mkdir(parents=True)
    kernel = FIXTURES["lab"].value()[0]
    shutil.copy(kernel, top / "boot")
    shutil.copy(FIXTURES["init_ramdisk"].value(), top / "boot" / kernel.name.replace("vmlinuz", "initrd.img"))
    run("tar", "cf", top / "boot.tar", "--owner=0", "--group=0", "-C", top, "boot")
    for number, disk in enumerate(make(path, [top / "boot.tar"])):
        stick.install_bios_loader(disk, number + 1)
        stick.install_uefi_loader(disk)
    shutil.rmtree(top)
    return path


class InitMachine(small.SmallMachine):
    """The kernel and the ramdisk, without firmware and loader; the pool is named by its GUID.

    Or, in a case of a firmware, all from the disk that is attached with boot=True, and cmdline typed in the
    loader's menu. Where the disk is to come later, loader, kernel and ramdisk are read from it, or from the one
    of load_from(), and it is pulled out before the kernel starts.
    """

    def __init__(self, t, pool, cmdline="", ramdisk=None, firmware=True, **kwargs):
        super().__init__(t, **kwargs)
        self.boots = False  # whether there is a disk that the firmware starts from
        self.loaded_from = None
        if not firmware:
            self.firmware = None
        guid = (t.init_pools / f"{pool}.guid").read_text().strip()
        if not guid.isdigit():
            raise Failure(f"{pool}: GUID {guid!r}")
        self.typed = cmdline
        if self.firmware:
            self.use_firmware()
            return
        line = f"console=ttyS0 quiet panic=-1 no_timer_check zlive.pool={guid} root=ZFS=zlive/ROOT/small {cmdline}"
        self.use_kernel(t.lab[0], ramdisk or t.init_ramdisk, line)

    def boot_index(self):
        """What a device needs to be the one that the firmware starts from."""
        self.boots = True
        return ",bootindex=0" if self.firmware else ""

    def attach(self, kind, image, boot=False, **kwargs):
        self.boots |= boot
        return super().attach(kind, image, boot=boot and self.firmware is not None, **kwargs)

    def load_from(self, image, snapshot=True, bus="l"):
        """The loader is on this stick, which is pulled out when kernel and ramdisk have been read from it."""
        if self.firmware:
            disk = overlay(image, self.dir / "stick.qcow2") if snapshot else image
            self.loaded_from = self.pluggable(disk, "qcow2" if snapshot else "raw")
            stick = f"usb-storage,bus={bus}.0,port=4,drive={self.loaded_from},id=s-{self.loaded_from}"
            self.argv += ["-device", f"qemu-xhci,id={bus}", "-device", stick + self.boot_index()]

    def stick_for_later(self, image, snapshot=True, **kwargs):
        if not self.firmware or self.boots:
            return super().stick_for_later(image, snapshot=snapshot, **kwargs)
        self.load_from(image, snapshot, bus="x")
        return self.loaded_from

    def start(self):
        super().start()
        if self.firmware:
            self.pass_loader()
        return self

    def pass_loader(self):
        """From the firmware to the kernel's start."""
        if self.typed:
            self.add_to_cmdline(self.typed)
        else:
            self.show("Starting in 3 s", 120)
            self.send("\r")
        self.expect(rb"zlive: read \d+ bytes in \d+ requests", 120)
        if self.loaded_from:
            self.pull_stick(self.loaded_from)

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

    def check_ready(self, name):
        """The system of that pool has started."""
        self.expect(rf"SYSTEM {name}\r?\n".encode(), 240)
        self.expect(rb"SMALL-READY", 60)

    def check_in_memory(self):
        """Root, its child and the pool's other datasets are there, writable, and their mode is kept."""
        mounts = self.shell("mount")
        for place in ("/", "/opt", "/home"):
            if f"zlive-overlay on {place} type overlay (rw," not in mounts:
                raise Failure(f"no overlay on {place}:\n{mounts}")
        self.shell("grep -q 'in opt' /opt/file")
        self.shell("echo changed >/opt/file && echo changed >/etc/name && busybox rm /usr/bin/ls && echo new >/home/new")
        if self.shell("cat /opt/file /etc/name /home/new").split() != ["changed", "changed", "new"]:
            raise Failure("what was written is not there")
        if self.shell("busybox stat -c %a /home /").split() != ["1777", "755"]:
            raise Failure("a folder has another mode than in its file system")

    def check_system(self, name):
        """The system of that pool is up, with its child dataset."""
        self.check_ready(name)
        if "in opt" not in self.shell("cat /opt/file"):
            raise Failure("the child dataset is not mounted")
        mounts = self.shell("mount")
        if "zlive/ROOT/small on / type zfs" not in mounts or "devtmpfs on /dev" not in mounts:
            raise Failure(f"mounts:\n{mounts}")
        if self.shell("ls -A /sysroot 2>/dev/null; ls /init 2>/dev/null; echo x").split() != ["x"]:
            raise Failure("the ramdisk is still there")
