# SPDX-License-Identifier: BSD-2-Clause
"""A second disk with another pool of the same name: never booted from, never written to."""

from harness import golden, image, label
from harness.case import case
from harness.paths import Failure
from harness.small import SmallMachine


def declare(state, kind, other):
    @case(f"e2e/other-pool/{state}-{kind}", needs=["small_image"], cost=20, firmware=("bios",))
    def boots_from_its_own(t):
        disk = golden.unpack(f"foreign-{state}", t.dir / "other.img")
        before = image.sha256(disk)
        foreign = image.partitions(disk)[0]
        name = label.read_labels(disk, *foreign[1:])[0].get("name")
        if name != "zlive":
            raise Failure(f"the other pool's name is {name}: the test would prove nothing")
        own = label.read_labels(t.small_image, *image.zfs_partition(t.small_image))[0]
        with SmallMachine(t) as m:
            m.attach(other, disk, snapshot=False)
            m.attach(kind, t.small_image, boot=True)
            m.boot()
            m.check_online()
            guid = m.shell("zpool list -H -o guid").strip()
            if int(guid) != own.get("pool_guid"):
                raise Failure(f"pool {guid} is imported, not the stick's {own.get('pool_guid')}")
            m.power_off()
        if image.sha256(disk) != before:
            raise Failure("the other disk changed")


declare("exported", "usb-xhci", "sata")
declare("inuse", "usb-xhci", "sata")
# The other disk comes first in the firmware's and in the kernel's order.
declare("exported", "virtio", "nvme")
declare("inuse", "sata", "virtio")
