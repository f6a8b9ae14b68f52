# SPDX-License-Identifier: BSD-2-Clause
"""From the kernel's start to the root's init: zlive's ramdisk against those of initramfs-tools and
dracut with OpenZFS's scripts, on the same kernel, pool and emulated stick.

QEMU hands kernel and ramdisk over, so that firmware and loader take no part. The root's init is
arrived.c, which prints the kernel's own clock (it starts with the kernel, before the ramdisk is
unpacked) as soon as it runs; at that moment QEMU is asked what was read from the stick. What
`modprobe zfs` alone takes is measured in the same machine by a ramdisk that does nothing else.

Peak memory: the smallest machine, in steps, that reaches the root's init with
vm.panic_on_oom=1, so without the kernel being once out of memory.
"""

import json
import os
import shutil
import statistics
import subprocess

import peers  # noqa: F401
from grub import counts, cpu_seconds
from harness import lab, stick
from harness.case import FIXTURES, Case, fixture
from harness.machine import Machine
from harness.paths import BUILD, TOP, Failure
from harness.run import run, zlive

ZFS_MAGIC = b"2fc12fc1"
CMDLINE = "console=ttyS0 quiet panic=-1 no_timer_check"
STEP, LEAST, MOST = 32, 128, 512  # MiB
NAMES = ("zlive", "initramfs-tools", "dracut")

MODPROBE_INIT = """#!/bin/busybox sh
bb=/bin/busybox
$bb mkdir -p /proc
$bb mount -t proc p /proc
$bb sleep 1
echo "BENCH-BEGIN."
read before rest </proc/uptime
for m in $($bb cat /modules); do $bb insmod /m/$m; done
read after rest </proc/uptime
echo "BENCH-MODPROBE $before $after."
while :; do $bb sleep 100; done
"""


def write_cpio(root, path):
    find = subprocess.run(["find", ".", "-print0"], cwd=root, stdout=subprocess.PIPE, check=True)
    with open(path, "wb") as out:
        run("cpio", "-o", "-0", "-H", "newc", "--quiet", "-R", "0:0", cwd=root, input=find.stdout, stdout=out)


def write_ramdisk(path, modules, init):
    """A ramdisk of busybox, kernel modules of the tree and a script."""
    root = path.with_suffix(".root")
    shutil.rmtree(root, ignore_errors=True)
    (root / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", root / "bin")
    lab.copy_modules(FIXTURES["tree"].value(), root, modules)
    (root / "init").write_text(init)
    (root / "init").chmod(0o755)
    write_cpio(root, path)
    shutil.rmtree(root)
    return path


@fixture("modprobe_ramdisk", needs=["tree"], inputs=[TOP / "tests/harness/elf.py"])
def make_modprobe_ramdisk(path):
    """A ramdisk that loads zfs and what it needs, and says how long that took."""
    return write_ramdisk(path, ["zfs"], MODPROBE_INIT)


@fixture("start_image", needs=["small_root"], inputs=[BUILD / "bench/arrived"])
def make_image(path):
    """A stick with the small system, and arrived as its init."""
    root = path.with_suffix(".root")
    stick.copy_tree(FIXTURES["small_root"].value(), root)
    shutil.copy(BUILD / "bench/arrived", root / "usr/sbin/arrived")
    # Without it systemd refuses to take the tree for a system.
    (root / "usr/lib/os-release").write_text("ID=small\nNAME=small\n")
    (root / "etc/os-release").symlink_to("../usr/lib/os-release")
    stick.build(root, path)
    shutil.rmtree(root)
    return path


@fixture("start_ramdisk", needs=["tree"], inputs=[BUILD / "zlive"])
def make_ramdisk(path):
    """zlive's, as it makes it for a whole Debian."""
    zlive("ramdisk", "--root", FIXTURES["tree"].value(), "-o", path)
    return path


def json_of(*argv):
    return json.loads(zlive(*argv, "--json").stdout)


class Setup:
    """What the machines are made of."""

    def __init__(self, make, names=NAMES):
        subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "bench/arrived"], check=True, stdout=subprocess.DEVNULL)
        self.image = make("start_image")
        self.kernel = make("lab")[0]
        self.ramdisks = {"zlive": make("start_ramdisk")}
        if len(names) > 1:
            self.ramdisks |= zip(NAMES[1:], make("peer_ramdisks"))
        (found,) = json_of("scan", "-d", self.image)
        (bootfs,) = (d["name"] for d in json_of("ls", "-d", self.image) if d["bootfs"])
        self.cmdline = f"{CMDLINE} root=ZFS={bootfs} init=/usr/sbin/arrived"
        self.ours = f"zlive.pool={found['pool_guid']} zlive.vdev={found['vdev_guid']} zlive.part={found['partition_guid']}"

    def machine(self, name, ramdisk, port=None, memory=2048, more=""):
        m = Machine(Case(f"bench/{name}", None, (), 0), memory=memory)
        m.use_kernel(self.kernel, ramdisk, f"{self.cmdline} {more} {self.ours if name == 'start-zlive' else ''}")
        if port:
            m.attach(port, self.image)
        return m


def arrive(m, limit=240):
    """Waits for the root's init; the seconds since the kernel's start, by the kernel's clock."""
    said = m.expect(rb"BENCH-ROOT (\d+) ms, type (\w+)\.", limit)
    if said.group(2) != ZFS_MAGIC:
        raise Failure(f"the root is no ZFS: type {said.group(2).decode()}")
    return int(said.group(1)) / 1000


def measure(setup, name, port):
    """(seconds, bytes, requests, CPU seconds of the emulator)"""
    with setup.machine(f"start-{name}", setup.ramdisks[name], port) as m:
        m.start()
        return (arrive(m), *counts(m), cpu_seconds(m))


def measure_modprobe(setup, ramdisk):
    """(seconds, CPU seconds of the emulator)"""
    with setup.machine("start-modprobe", ramdisk) as m:
        m.start()
        m.expect(rb"BENCH-BEGIN\.", 240)
        cpu = cpu_seconds(m)
        said = m.expect(rb"BENCH-MODPROBE ([\d.]+) ([\d.]+)\.\r?\n", 240)
        return float(said.group(2)) - float(said.group(1)), cpu_seconds(m) - cpu


def median(results, i):
    return statistics.median(r[i] for r in results)


def compare(setup, report, ramdisk, port, rounds):
    results, modprobe = {name: [] for name in NAMES}, []
    for i in range(rounds):
        modprobe.append(measure_modprobe(setup, ramdisk))
        # The slower peer, which emulation makes slower still, is done after the first round.
        slower = max(NAMES[1:], key=lambda name: results[name][0][0]) if i else None
        for name in NAMES:
            if name != slower:
                results[name].append(measure(setup, name, port))
    alone = median(modprobe, 0)
    print(f"  {port}: modprobe zfs alone, seconds: {', '.join(f'{m[0]:.2f}' for m in modprobe)}")
    seconds = {name: median(results[name], 0) for name in NAMES}
    for name in NAMES:
        times = ", ".join(f"{r[0]:.2f}" for r in results[name])
        print(f"  {port} {name}: seconds {times}; median less modprobe's {seconds[name] - alone:.2f}; "
              f"read from the stick {median(results[name], 1):.0f} bytes in {median(results[name], 2):.0f} requests")
    peer = min(NAMES[1:], key=seconds.get)
    report(f"{port}: kernel's start to root's init over {peer}'s, both less modprobe's",
           (seconds["zlive"] - alone) / (seconds[peer] - alone), 0.4)
    # Other programs on this machine change these less.
    cpu = [median(results[name], 3) - median(modprobe, 1) for name in ("zlive", peer)]
    print(f"  the same in the emulator's CPU time, from its own start: {cpu[0]:.2f} over {cpu[1]:.2f} s, {cpu[0] / cpu[1]:.3f}")
    return seconds


def boots_with(setup, name, memory, limit):
    with setup.machine(f"start-{name}", setup.ramdisks[name], "usb-xhci", memory, "sysctl.vm.panic_on_oom=1") as m:
        m.start()
        try:
            arrive(m, limit)
        except Failure:
            return False
        return True


def least_memory(setup, name, limit):
    low, high = LEAST // STEP - 1, MOST // STEP + 1  # it fails with low, boots with high
    while high - low > 1:
        middle = (low + high) // 2
        if boots_with(setup, name, middle * STEP, limit):
            high = middle
        else:
            low = middle
    return f"{high * STEP} MiB" if high * STEP <= MOST else f"more than {MOST} MiB"


def bench(report, make):
    setup = Setup(make)
    modprobe = make("modprobe_ramdisk")
    for name, path in setup.ramdisks.items():
        print(f"  ramdisk of {name}: {os.path.getsize(path)} bytes")
    rounds = int(os.environ.get("ZLIVE_BENCH_ROUNDS", "3"))
    seconds = compare(setup, report, modprobe, "usb-xhci", rounds)
    compare(setup, report, modprobe, "usb-ehci", 1)
    # Little memory makes a boot slower before it makes it fail.
    for name in NAMES:
        print(f"  smallest machine, {name}: {least_memory(setup, name, 20 + 3 * seconds[name])}", flush=True)
