# SPDX-License-Identifier: BSD-2-Clause
"""The loaders against GRUB: the same kernel and ramdisk from the same pool, on the same emulated
USB stick, under SeaBIOS (GRUB i386-pc) and OVMF (x86_64-efi), behind a USB 3 and a USB 2 controller.

The pool is OpenZFS's own, with only the features that GRUB can read (compatibility=grub2). Time is
counted from the first sector that the firmware reads to the loader's word that all is in memory;
the countdown of zlive's menu is ended by a key as soon as it is shown.
"""

import os
import shutil
import struct
import time

from harness import lab
from harness.case import FIXTURES, Case, fixture
from harness.machine import Machine
from harness.paths import BUILD, WORK, Failure
from harness.run import run, zlive

SECTOR = 512
CORE_LBA = 2048  # of the BIOS boot partition
ESP_LBA, ESP_SIZE = 4096, 64 << 20
VDEV_LBA = ESP_LBA + ESP_SIZE // SECTOR
SIZE = 512 << 20
BOOT_REGION = 512 << 10
MODULES = ["part_gpt", "zfs", "linux", "serial", "echo", "sleep", "normal"]

POOL = """
zpool create -o ashift=12 -o compatibility=grub2 -O compression=lz4 -O mountpoint=none \
    -R /mnt zlive /dev/vdc3
zfs create -o mountpoint=none zlive/ROOT
zfs create -o mountpoint=/ -o canmount=noauto zlive/ROOT/debian
zpool set bootfs=zlive/ROOT/debian zlive
zfs mount zlive/ROOT/debian
mkdir -p /mnt/boot
cp vmlinuz-* initrd.img-* /mnt/boot/
zpool export zlive
"""


@fixture("grub_pool", needs=["tree", "lab"])
def make_pool(path):
    """A disk with that pool, and room for every loader."""
    tree = FIXTURES["tree"].value()
    version = lab.kernel_version(tree)
    ramdisk = WORK / f"initrd.img-{version}"
    zlive("ramdisk", "--root", tree, "--kernel", version, "-o", ramdisk)
    with open(path, "wb") as f:
        f.truncate(SIZE)
    sgdisk = ["sgdisk", f"-n1:{CORE_LBA}:{ESP_LBA - 1}", "-t1:EF02"]
    sgdisk += [f"-n2:{ESP_LBA}:{VDEV_LBA - 1}", "-t2:EF00", f"-n3:{VDEV_LBA}:-1M"]
    run(*sgdisk, "-t3:6A898CC3-1DD2-11B2-99A6-080020736631", path)
    case = Case("bench/grub-pool", None, (), 0)
    lab.run_job(case, FIXTURES["lab"].value(), POOL, [path], [tree / f"boot/vmlinuz-{version}", ramdisk])
    return path


def grub_config(path, version):
    path.write_text(
        "serial --unit=0 --speed=115200\n"
        "terminal_output serial\n"
        "set root=(hd0,gpt3)\n"
        f"linux /ROOT/debian@/boot/vmlinuz-{version} console=ttyS0 panic=-1\n"
        f"initrd /ROOT/debian@/boot/initrd.img-{version}\n"
        "echo ALL-IN-MEMORY\n"
        "boot\n"
    )
    return path


def put(path, offset, data):
    with open(path, "r+b") as f:
        f.seek(offset)
        f.write(data)


def install_grub_bios(disk, version):
    """boot.img and core.img; where they find what is next is written into them, as in an install."""
    config = grub_config(WORK / "grub.cfg", version)
    core = WORK / "grub-core.img"
    run("grub-mkimage", "-O", "i386-pc", "-p", "/grub", "-c", config, "-o", core, "biosdisk", *MODULES)
    image = bytearray(core.read_bytes())
    sectors = (len(image) + SECTOR - 1) // SECTOR - 1
    struct.pack_into("<QHH", image, SECTOR - 12, CORE_LBA + 1, sectors, 0x820)
    boot = bytearray(open("/usr/lib/grub/i386-pc/boot.img", "rb").read())
    struct.pack_into("<Q", boot, 0x5C, CORE_LBA)
    put(disk, 0, boot[:440])
    put(disk, CORE_LBA * SECTOR, image)


def install_zlive_bios(disk, version):
    put(disk, 0, (BUILD / "zlive-mbr.bin").read_bytes())
    put(disk, VDEV_LBA * SECTOR + BOOT_REGION, (BUILD / "zlive-stage2.bin").read_bytes())


def install_efi(disk, program):
    esp = WORK / "grub-esp.img"
    with open(esp, "wb") as f:
        f.truncate(ESP_SIZE)
    run("mkfs.fat", "-F", "32", esp)
    run("mmd", "-i", esp, "::EFI", "::EFI/BOOT")
    run("mcopy", "-i", esp, program, "::EFI/BOOT/BOOTX64.EFI")
    put(disk, ESP_LBA * SECTOR, esp.read_bytes())


def install_grub_efi(disk, version):
    config = grub_config(WORK / "grub.cfg", version)
    core = WORK / "grub-core.efi"
    run("grub-mkimage", "-O", "x86_64-efi", "-p", "/grub", "-c", config, "-o", core, *MODULES)
    install_efi(disk, core)


def install_zlive_efi(disk, version):
    install_efi(disk, BUILD / "BOOTX64.EFI")


def cpu_seconds(m):
    fields = open(f"/proc/{m.proc.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def counts(m):
    for device in m.qmp("query-blockstats"):
        if device.get("device") == "d0":
            return device["stats"]["rd_bytes"], device["stats"]["rd_operations"]
    raise Failure("QEMU counts nothing for the stick")


def measure(name, disk, efi, port, marker, menu):
    """(seconds, CPU seconds, bytes, requests) from the first read to the marker."""
    with Machine(Case(f"bench/{name}", None, (), 0)) as m:
        if efi:
            m.use_firmware()
        m.attach(port, disk, boot=True)
        m.start()
        while counts(m)[1] == 0:
            time.sleep(0.005)
        start, cpu = time.monotonic(), cpu_seconds(m)
        if menu:
            m.expect(menu, 300)
            m.send("\r")
        m.expect(marker, 600)
        return time.monotonic() - start, cpu_seconds(m) - cpu, *counts(m)


def compare(report, efi, port, pool, version, rounds):
    ours, theirs = WORK / "grub-ours.img", WORK / "grub-theirs.img"
    for path in (ours, theirs):
        run("cp", "--sparse=always", pool, path)
    (install_zlive_efi if efi else install_zlive_bios)(ours, version)
    (install_grub_efi if efi else install_grub_bios)(theirs, version)
    where = f"{'UEFI' if efi else 'BIOS'}, {port}"
    results = []
    for _ in range(rounds):
        a = measure("grub-ours", ours, efi, port, rb"zlive: read \d+", rb"Boot environment")
        b = measure("grub-theirs", theirs, efi, port, rb"ALL-IN-MEMORY", None)
        for who, r in (("zlive", a), ("GRUB ", b)):
            print(f"  {where} {who}: {r[0]:.2f} s, {r[1]:.2f} s of CPU, {r[2]} bytes in {r[3]} requests")
        results.append((a, b))
    a, b = min(r[0] for r in results), min(r[1] for r in results)
    report(f"{where}: time to have kernel and ramdisk in memory, over GRUB's", a[0] / b[0], 0.5)
    print(f"  in CPU time: {a[1] / b[1]:.3f}")
    mib = os.path.getsize(WORK / f"initrd.img-{version}") + os.path.getsize(
        FIXTURES["tree"].value() / f"boot/vmlinuz-{version}")
    for who, r in (("zlive", a), ("GRUB", b)):
        print(f"  {who}: bytes read over kernel plus ramdisk {r[2] / mib:.3f}, "
              f"requests per MiB read {r[3] / (r[2] / (1 << 20)):.1f}")
    for path in (ours, theirs):
        path.unlink()


def bench(report, make):
    if not shutil.which("grub-mkimage"):
        raise Failure("no grub-mkimage (packages grub-common, grub-pc-bin, grub-efi-amd64-bin)")
    pool = make("grub_pool")
    version = lab.kernel_version(make("tree"))
    rounds = int(os.environ.get("ZLIVE_BENCH_ROUNDS", "3"))
    for efi in (False, True):
        for port in ("usb-xhci", "usb-ehci"):
            compare(report, efi, port, pool, version, rounds)
