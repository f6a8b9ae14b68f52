# SPDX-License-Identifier: BSD-2-Clause
"""Many other disks: what /init reads of each, and what they cost in time.

The stick is on USB; the others, empty and of 64 MiB, are units of one virtio SCSI controller. Slow
ones answer each request only after LATENCY, however many wait, as disks side by side do: what that
adds to a boot shows whether they are read one after the other. What QEMU counts for each disk until
the root's init runs is compared with what it counts in a machine in which nobody but the kernel
looks at them (for partitions): the rest is /init's.
"""

import os
import statistics

import start
from grub import cpu_seconds
from harness import disks
from harness.case import fixture
from harness.paths import TOP

LATENCY = 0.100  # seconds
FEW, MANY = 10, 200
DRIVERS = ["virtio_pci", "virtio_scsi", "sd_mod"]

# Each disk's events come when the kernel is done with it, so that nothing is read any more.
KERNEL_INIT = """#!/bin/busybox sh
bb=/bin/busybox
$bb mkdir -p /proc /sys
$bb mount -t proc p /proc
$bb mount -t sysfs s /sys
for m in $($bb cat /modules); do $bb insmod /m/$m; done
want=$($bb sed 's/.*disks=//; s/ .*//' /proc/cmdline)
set -- /sys/block/sd*
while [ $# -lt $want ]; do $bb usleep 20000; set -- /sys/block/sd*; done
echo "BENCH-DISKS."
while :; do $bb sleep 100; done
"""


@fixture("disks_ramdisk", needs=["tree"], inputs=[TOP / "tests/harness/elf.py"])
def make_ramdisk(path):
    """A ramdisk that loads the drivers of the other disks, and looks at none."""
    return start.write_ramdisk(path, DRIVERS, KERNEL_INIT)


def measure(setup, n, latency):
    """(seconds to the root's init, CPU seconds of the emulator, counts)"""
    with setup.machine("many-zlive", setup.ramdisks["zlive"], "usb-xhci", more=setup.ours) as m:
        disks.attach_empty(m, n, latency)
        m.start()
        return start.arrive(m), cpu_seconds(m), disks.read_counts(m, n)


def measure_kernel(setup, ramdisk, n):
    """(CPU seconds of the emulator, counts) of the kernel by itself, until all disks are there."""
    with setup.machine("many-kernel", ramdisk, more=f"disks={n} ") as m:
        disks.attach_empty(m, n)
        m.start()
        m.expect(rb"BENCH-DISKS\.", 240)
        return cpu_seconds(m), disks.read_counts(m, n)


def spread(values):
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low} to {high}"


def of_each(found, i):
    return spread([c[i] for c in found])


def bench(report, make):
    setup, ramdisk = start.Setup(make, ["zlive"]), make("disks_ramdisk")
    rounds = int(os.environ.get("ZLIVE_BENCH_ROUNDS", "3"))
    alone = {FEW: [], MANY: []}
    runs = {(FEW, 0): [], (MANY, 0): [], (MANY, LATENCY): []}
    for _ in range(rounds):
        for n, times in alone.items():
            cpu, kernels = measure_kernel(setup, ramdisk, n)
            times.append(cpu)
        for (n, latency), results in runs.items():
            *result, found = measure(setup, n, latency)
            results.append(result)
    print(f"  each of {MANY} disks: {of_each(found, 0)} bytes in {of_each(found, 1)} requests; "
          f"the kernel alone {of_each(kernels, 0)} in {of_each(kernels, 1)}")
    for (n, latency), results in runs.items():
        said = ", ".join(f"{seconds:.2f} ({cpu:.2f})" for seconds, cpu in results)
        print(f"  {n} disks, {latency * 1000:.0f} ms a request: seconds to the root's init (of CPU) {said}")
    few, fast, slow = (start.median(results, 0) for results in runs.values())
    print(f"  {MANY} slow disks over {FEW} that answer at once: {slow - few:.2f} s more; over {MANY} that do: {slow - fast:.2f} s more")
    few_cpu, many_cpu = (start.median(runs[n, 0], 1) for n in alone)
    kernel = statistics.median(alone[MANY]) - statistics.median(alone[FEW])
    print(f"  in the emulator's CPU time {MANY - FEW} disks more cost {many_cpu - few_cpu:.2f} s, {kernel:.2f} s where only the kernel finds them")
    # The kernel's own differ by a sector from disk to disk.
    most = max(c[0] for c in found) - max(c[0] for c in kernels)
    report("many: bytes read of a disk beyond the kernel's own, over four labels", most / disks.LABELS, 1.0)
    report("many: what slowness adds, over waiting for one label after the other", (slow - fast) / (MANY * 4 * LATENCY), 0.1)
