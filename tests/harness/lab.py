# SPDX-License-Identifier: BSD-2-Clause
"""Real OpenZFS: an emulated machine with Debian's kernel and its zfs, which runs one script.

Its ramdisk is all there is: busybox, zfs with its programs and libraries out of a Debian tree,
udev, and treetool. Disk 0 brings a tar of the job's folder, disk 1 takes what the job left in
/tmp/out back, and the disks after them are the job's own: /dev/vdc, /dev/vdd ...
"""

import shutil
import subprocess
import tarfile

from . import elf
from .machine import Machine
from .paths import TREETOOL, Failure
from .run import run

PROGRAMS = [
    "usr/sbin/zpool",
    "usr/sbin/zfs",
    "usr/sbin/zdb",
    "usr/sbin/zhack",
    "usr/sbin/mount.zfs",
    "usr/bin/udevadm",
    "usr/lib/udev/zvol_id",
    "usr/lib/x86_64-linux-gnu/libgcc_s.so.1",  # loaded when a thread ends itself
]
MODULES = ["virtio_pci", "virtio_blk", "zfs"]

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/bin HOME=/root
mkdir -p /proc /sys /dev /tmp /run /root /mnt
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
mount -t tmpfs t /tmp; mount -t tmpfs r /run
echo 1 >/proc/sys/kernel/printk
for m in $(cat /modules); do insmod /m/$m || echo "LAB-FAIL $m"; done
ln -s /proc/self/mounts /etc/mtab
/usr/lib/systemd/systemd-udevd --daemon
udevadm trigger; udevadm settle
mkdir -p /tmp/job /tmp/out
tar xf /dev/vda -C /tmp/job
cd /tmp/job
sh -eu ./run.sh
status=$?
cd /
tar cf /dev/vdb -C /tmp/out . || status=99
sync
echo "LAB-EXIT $status"
poweroff -f
"""


def make_ramdisk(tree, path):
    """The lab's ramdisk and, beside it, its kernel, from a Debian tree."""
    root = path.parent / (path.name + ".root")
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("bin", "etc", "usr/lib", "usr/sbin", "usr/bin", "usr/lib64"):
        (root / folder).mkdir(parents=True)
    (root / "lib64").symlink_to("usr/lib64")
    (root / "lib").symlink_to("usr/lib")
    (root / "sbin").symlink_to("usr/sbin")
    shutil.copy("/bin/busybox", root / "bin/busybox")
    shutil.copy(TREETOOL, root / "bin/treetool")
    for name in elf.with_libraries(tree, PROGRAMS):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, root / name)
    interpreter = next((root / "usr/lib").rglob("ld-linux-x86-64.so.2"))
    if not (root / "usr/lib64/ld-linux-x86-64.so.2").exists():
        shutil.copy(interpreter, root / "usr/lib64")
    (root / "usr/lib/systemd").mkdir(exist_ok=True)
    (root / "usr/lib/systemd/systemd-udevd").symlink_to("/usr/bin/udevadm")
    shutil.copytree(tree / "usr/lib/udev/rules.d", root / "usr/lib/udev/rules.d")
    shutil.copytree(tree / "usr/share/zfs/compatibility.d", root / "usr/share/zfs/compatibility.d", symlinks=True)
    copy_modules(tree, root, MODULES)
    (root / "init").write_text(INIT)
    (root / "init").chmod(0o755)
    with open(path, "wb") as out:
        find = subprocess.run(["find", ".", "-print0"], cwd=root, stdout=subprocess.PIPE, check=True)
        subprocess.run(
            ["cpio", "-o", "-0", "-H", "newc", "--quiet", "-R", "0:0"],
            cwd=root,
            input=find.stdout,
            stdout=out,
            check=True,
        )
    shutil.rmtree(root)


def copy_modules(tree, root, wanted):
    """Those modules with what they need into root/m, and root/modules: their files in insmod's order."""
    version = kernel_version(tree)
    modules = tree / "usr/lib/modules" / version
    names = []
    (root / "m").mkdir()
    for path in elf.with_modules(modules, wanted):
        name = path.split("/")[-1]
        shutil.copy(modules / path, root / "m" / name)
        if name.endswith(".xz"):
            run("xz", "-d", root / "m" / name)
            name = name[:-3]
        names.append(name)
    (root / "modules").write_text("\n".join(names) + "\n")


def kernel_version(tree):
    """The newest kernel of tree that has a zfs module."""
    for kernel in sorted(tree.glob("boot/vmlinuz-*"), reverse=True):
        version = kernel.name.split("-", 1)[1]
        if list((tree / "usr/lib/modules" / version).rglob("zfs.ko*")):
            return version
    raise Failure(f"{tree}: no kernel with a zfs module")


def build_module(tree, source, work):
    """Builds a module of the lab's kernel that uses OpenZFS, by the tree's own compiler; its file."""
    version = kernel_version(tree)
    (built,) = tree.glob(f"var/lib/dkms/zfs/*/{version}/x86_64")
    zfs = f"/usr/src/zfs-{built.parents[1].name}"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source, work)
    make = f"make -C /usr/src/linux-headers-{version} M=/mnt ZFS={zfs} ZFS_BUILT=/{built.relative_to(tree)} modules"
    inside = f'mount --bind "$1" "$2/mnt" && mount --rbind /dev "$2/dev" && exec chroot "$2" {make}'
    run("unshare", "--map-root-user", "--mount", "sh", "-c", inside, "sh", work, tree)
    return work / f"{source.name}.ko"


def run_job(case, lab, script, disks=(), files=(), limit=300, name="lab"):
    """Runs script, for busybox's sh -eu, with disks (written to) and files in its folder.

    lab is what the fixture "lab" gave: (kernel, ramdisk). Returns the folder with what the
    script put in /tmp/out. Fails unless the script ended with status 0.
    """
    work = case.dir / name
    work.mkdir(parents=True, exist_ok=True)
    (work / "run.sh").write_text(script)
    with tarfile.open(work / "job.tar", "w", format=tarfile.GNU_FORMAT) as tar:
        for path in [work / "run.sh", *files]:
            tar.add(path, path.name)
    run("truncate", "-s", "%1M", work / "job.tar")
    run("truncate", "-s", "512M", work / "out.tar")
    with Machine(case, name, memory=2048) as m:
        m.use_kernel(*lab, "console=ttyS0 quiet panic=-1 no_timer_check zfs.zfs_txg_timeout=1")
        m.attach("virtio", work / "job.tar")
        m.attach("virtio", work / "out.tar", snapshot=False, extra=",cache=unsafe")
        for disk in disks:
            m.attach("virtio", disk, snapshot=False, extra=",cache=unsafe")
        m.start()
        status = m.expect(rb"LAB-EXIT (\d+)", limit).group(1)
        if status != b"0":
            raise Failure(f"the script in the lab ended with {status.decode()}\n{m._tail()}")
        m.wait_off(30)
    out = work / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    run("tar", "xf", work / "out.tar", "-C", out)
    (work / "out.tar").unlink()
    (work / "job.tar").unlink()
    return out
