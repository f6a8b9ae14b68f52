# SPDX-License-Identifier: BSD-2-Clause
"""The running stick makes its own ramdisks, as an upgrade of the kernel or of zfs has it do."""

import base64

from harness import debian
from harness.case import case
from harness.machine import Machine, overlay

# What the kernel's package and then the trigger of zfs's packages run, each on a stick that has
# no ramdisk at all: what is there afterwards, that hook has made.
AS_UPGRADES_DO = """set -e
v=$(uname -r)
rm /boot/initrd.img-$v
run-parts --report --exit-on-error --arg=$v --arg=/boot/vmlinuz-$v /etc/kernel/postinst.d
test -s /boot/initrd.img-$v && echo BY-KERNEL-HOOK
rm /boot/initrd.img-$v
dpkg-trigger --by-package=zfs-dkms update-initramfs
dpkg --configure --pending
test -s /boot/initrd.img-$v && echo BY-TRIGGER
dpkg --audit
sync
"""


@case("e2e/update/ramdisk", needs=["debian_image"], cost=210)
def upgrade_makes_a_ramdisk_that_boots(t):
    disk = overlay(t.debian_image, t.dir / "disk.qcow2")
    with Machine(t, "first") as m:
        m.attach("virtio", disk, boot=True, snapshot=False, fmt="qcow2")
        debian.boot(m)
        m.send("\n")
        debian.log_in(m)
        script = base64.b64encode(AS_UPGRADES_DO.encode()).decode()
        m.send(f"echo {script} | base64 -d >/tmp/upgrade\n")
        m.expect(rb"\$ ", 60)
        m.send(f"echo {debian.PASSWORD} | sudo -S -p '' sh /tmp/upgrade\n")
        m.expect(rb"\nBY-KERNEL-HOOK", 300)
        m.expect(rb"\nBY-TRIGGER", 300)
        m.expect(rb"\$ ", 60)
        m.send("sudo poweroff\n")
        m.wait_off(180)
    with Machine(t, "second") as m:
        m.attach("usb-xhci", disk, boot=True, snapshot=False, fmt="qcow2")
        debian.boot(m)
        debian.check_online(m)
