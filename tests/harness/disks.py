# SPDX-License-Identifier: BSD-2-Clause
"""Many empty disks at once, and what QEMU counts for each."""

from .paths import Failure

SIZE = 64 << 20
LABELS = 4 * (256 << 10)  # bytes of the labels of one


def attach_empty(m, n, latency=0):
    """n disks on one SCSI controller; each request takes latency seconds, however many wait."""
    m.argv += ["-device", "virtio-scsi-pci,id=empty"]
    for i in range(n):
        null = f"null-co,node-name=n{i},size={SIZE},read-zeroes=on,latency-ns={int(latency * 1e9)}"
        m.argv += ["-blockdev", null, "-device", f"scsi-hd,bus=empty.0,scsi-id=0,lun={i},drive=n{i},id=empty{i}"]


def read_counts(m, n):
    """(bytes, requests) that were read of each."""
    found = [(d["stats"]["rd_bytes"], d["stats"]["rd_operations"]) for d in m.qmp("query-blockstats")
             if d.get("qdev", "").startswith("empty")]
    if len(found) != n:
        raise Failure(f"QEMU counts for {len(found)} disks instead of {n}")
    return found
