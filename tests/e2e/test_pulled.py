# SPDX-License-Identifier: BSD-2-Clause
"""A stick that is pulled out while the system runs from it, and put into another port."""

import re
import time

from harness import debian, image
from harness.case import case
from harness.machine import Machine, overlay
from harness.paths import Failure
from harness.pools import InitMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]

# What looks at the pool while it stands still must not come from it. /run is in memory.
TOOLS = """mkdir -p /run/t/lib
cp /usr/bin/busybox /usr/sbin/zpool /run/t
cp -L $(find /usr/lib /lib64 -name '*.so*' ! -name '*.ko*') /run/t/lib
exit
"""
ZPOOL = "LD_LIBRARY_PATH=/run/t/lib /run/t/lib/ld-linux-x86-64.so.2 /run/t/zpool"
B = "/run/t/busybox"

# Notes a file's hash after its fsync has returned, and that of what it reads afresh each time.
WRITER = f"""( mkdir /home/w; i=0; while [ ! -e /run/stop ]; do i=$((i + 1));
{B} seq $i $((i + 3000)) | {B} dd of=/home/w/$i bs=4k conv=fsync 2>>/run/complaints || echo "write $i" >>/run/complaints;
echo "$({B} seq $i $((i + 3000)) | {B} sha256sum | {B} cut -d' ' -f1)  /home/w/$i" >>/run/written; {B} sleep 0.05;
done; echo >/run/writer-done ) & true"""
READER = f"""( while [ ! -e /run/stop ]; do echo 3 >/proc/sys/vm/drop_caches;
{B} sha256sum -c /run/old >/dev/null 2>>/run/complaints && echo >>/run/reads; done; echo >/run/reader-done ) & true"""


class PulledMachine(InitMachine):
    """The pool's disks on USB; two controllers to put them into."""

    def __init__(self, t, pool, media, fmt="raw", stop="init", iops=0, **kwargs):
        super().__init__(t, pool, f"break={stop}", **kwargs)
        self.allow_menu()
        self.argv += ["-device", "qemu-xhci,id=x", "-device", "qemu-xhci,id=y"]
        self.media = []
        if iops:
            self.argv += ["-object", f"throttle-group,id=t,x-iops-total={iops}"]
        for i, disk in enumerate(media):
            node = self.pluggable(overlay(disk, self.dir / f"{disk.stem}.qcow2", fmt), "qcow2")
            if iops:
                self.argv += ["-blockdev", f"driver=throttle,node-name=t{node},throttle-group=t,file={node}"]
            self.media.append(f"t{node}" if iops else node)
            self.argv += ["-device", f"usb-storage,bus=x.0,port={i + 1},drive={self.media[i]},id=s-{self.media[i]}"]
            self.argv[-1] += self.boot_index() if i == 0 else ""

    def full_speed(self):
        self.qmp("qom-set", path="/objects/t", property="limits", value={"iops-total": 0})

    def boot_with_tools(self, name):
        self.start()
        self.expect(rb"\(zlive\) # ", 240)
        self.send(TOOLS)
        self.check_system(name)
        self.shell("echo 4 >/proc/sys/kernel/printk")

    def work(self):
        """Starts what writes and what reads."""
        self.shell("seq 1 400000 >/home/old; sync; sha256sum /home/old >/run/old")
        self.shell(WRITER.replace("\n", " "))
        self.shell(READER.replace("\n", " "))

    def counts(self):
        # The kernel's messages come to the same console.
        said = self.shell(f"for f in written reads; do echo LINES-$({B} wc -l </run/$f)-; done")
        return [int(n) for n in re.findall(r"LINES-(\d+)-", said)]

    def check_work(self):
        """Both go on without an error, and all that was synced is there."""
        before = self.counts()
        end = time.monotonic() + 60
        while not all(now > then for now, then in zip(self.counts(), before)):
            if time.monotonic() > end:
                raise Failure(f"writer and reader did not go on: {self.counts()} after {before}")
            time.sleep(1)
        self.shell(f"echo >/run/stop; until [ -e /run/writer-done -a -e /run/reader-done ]; do {B} sleep 1; done")
        if complaints := self.shell(f"{B} grep -v records /run/complaints | {B} grep -v copied || true").strip():
            raise Failure(f"writer or reader saw an error:\n{complaints}")
        self.shell(f"sync; echo 3 >/proc/sys/vm/drop_caches; {B} sha256sum -c /run/old /run/written >/run/sums")

    def status(self):
        return self.shell(f"{ZPOOL} status -P")


@case("e2e/pulled/other-port", needs=NEEDS, cost=45, firmware=("uefi", "bios"))
def into_another_port(t):
    """20 s out while one program writes with fsync and another reads; back at another controller."""
    with PulledMachine(t, "single", [t.init_pools / "single.img"]) as m:
        m.boot_with_tools("single")
        m.work()
        time.sleep(5)
        m.pull_stick(m.media[0])
        m.expect(rb"zlive: pool 'zlive': sda1 \(usb \d-1\), vdev \d+, was pulled out", 20)
        m.expect(rb"cannot go on without sda1: all that needs it waits", 20)
        time.sleep(20)
        m.plug_stick(m.media[0], "y", 3)
        m.expect(rb"vdev \d+ is back after 2\d s: sdb1 \(usb \d-3\), which was sda1 \(usb \d-1\)", 40)
        m.check_work()
        m.shell(f"{ZPOOL} wait -t scrub zlive")
        status = m.status()
        if "state: ONLINE" not in status or "errors: No known data errors" not in status:
            raise Failure(status)
        if "scan: scrub repaired 0B" not in status:
            raise Failure(f"no scrub after the return:\n{status}")
        if "is back after" not in m.shell(f"{B} dmesg"):
            raise Failure("the kernel's log has nothing of it")
        m.power_off()


@case("e2e/pulled/while-starting", needs=NEEDS, cost=40, firmware=("uefi",))
def while_it_starts(t):
    """Pulled out in the middle of the import, and again of the mount: the boot goes on when it is back, in any port."""
    with PulledMachine(t, "single", [t.init_pools / "single.img"], stop="mount", iops=40) as m:
        m.start()
        m.expect(rb"zlive: importing pool 'zlive' from sda1\r", 120)
        time.sleep(1)
        m.pull_stick(m.media[0])
        m.expect(rb"cannot go on without sda1: all that needs it waits. Put it back, into any port", 20)
        time.sleep(3)
        if b"break=mount" in m.seen:
            raise Failure("the import had ended before: the test shows nothing")
        m.full_speed()
        m.plug_stick(m.media[0], "y", 3)
        m.expect(rb"vdev \d+ is back after \d+ s: sdb1 \(usb \d-3\), which was sda1 \(usb \d-1\)", 40)
        m.expect(rb"zlive: break=mount\s", 60)
        m.expect(rb"\(zlive\) # ", 60)
        m.send("echo 3 >/proc/sys/vm/drop_caches; echo DROPPED-$?\n")
        m.expect(rb"DROPPED-0", 60)
        m.pull_stick(m.media[0])
        m.expect(rb"cannot go on without sdb1", 20)
        m.send("exit\n")
        time.sleep(3)
        if b"is the root" in m.seen:
            raise Failure("the mount needed nothing of the stick: the test shows nothing")
        m.plug_stick(m.media[0], "x", 2)
        m.expect(rb"is back after \d+ s: sd\w1 \(usb \d-2\), which was sdb1 \(usb \d-3\)", 40)
        m.check_system("single")
        m.power_off()


@case("e2e/pulled/older-copy", needs=NEEDS, cost=22, firmware=("uefi",))
def older_copy_instead(t):
    """What is put in instead is a dd copy from before: refused, and said; then comes the right one."""
    old = image.copy(t.init_pools / "single.img", t.dir / "copy.img")
    before_hash = image.sha256(old)
    with PulledMachine(t, "single", [t.init_pools / "single.img"]) as m:
        copy = m.pluggable(old)
        m.boot_with_tools("single")
        m.work()
        time.sleep(3)
        m.pull_stick(m.media[0])
        m.expect(rb"cannot go on without sda1", 20)
        m.plug_stick(copy, "y", 2)
        m.expect(rb"sd\w1 claims to be sda1 \(usb \d-1\), but is not used: it is older", 40)
        m.pull_stick(copy)
        m.plug_stick(m.media[0], "x", 4)
        m.expect(rb"is back after \d+ s: sd\w1 \(usb \d-4\), which was sda1 \(usb \d-1\)", 40)
        m.check_work()
        m.power_off()
    if image.sha256(old) != before_hash:
        raise Failure("the copy was written to")


def close(m, medium):
    """QEMU lets go of a stick's medium a little later than of the stick."""
    for tries in range(50, 0, -1):
        try:
            m.qmp("blockdev-del", **{"node-name": medium})
            return
        except Failure:
            if tries == 1:
                raise
            time.sleep(0.2)


@case("e2e/pulled/changed-elsewhere", needs=NEEDS, cost=35, full=True, firmware=("uefi",))
def changed_elsewhere(t):
    """The stick itself, but another machine has booted from it meanwhile: never used again."""
    with PulledMachine(t, "single", [t.init_pools / "single.img"]) as m:
        m.boot_with_tools("single")
        m.work()
        time.sleep(3)
        m.pull_stick(m.media[0])
        m.expect(rb"cannot go on without sda1", 20)
        # What QEMU holds back of it has to be written before another can read it.
        close(m, m.media[0])
        with PulledMachine(t, "single", [t.dir / "machine/single.qcow2"], fmt="qcow2", name="other") as other:
            other.boot_with_tools("single")
            other.shell("echo there >/home/there")
            other.power_off()
        file = {"driver": "file", "filename": str(t.dir / "other/single.qcow2")}
        m.qmp("blockdev-add", **{"driver": "qcow2", "node-name": m.media[0], "file": file})
        m.plug_stick(m.media[0], "y", 1)
        m.expect(rb"claims to be sda1 \(usb \d-1\), but is not used: it was changed on another machine", 40)


@case("e2e/pulled/mirror-half", needs=NEEDS, cost=45, firmware=("uefi",))
def half_a_mirror(t):
    """The pool goes on with the other half, and brings the first what it missed when it is back."""
    disks = [t.init_pools / f"mirror-{half}.img" for half in "ab"]
    with PulledMachine(t, "mirror", disks) as m:
        m.boot_with_tools("mirror")
        m.work()
        time.sleep(3)
        m.pull_stick(m.media[1])
        m.expect(rb"sd\w1 \(usb \d-2\), vdev \d+, was pulled out[\s\S]*goes on without sd\w1, until", 20)
        before = m.counts()
        time.sleep(10)
        # OpenZFS 2.3 goes on to call the pool and its mirror ONLINE.
        if not re.search(r"/zlive-\d+ +FAULTED", status := m.status()):
            raise Failure(status)
        if not all(now > then for now, then in zip(m.counts(), before)):
            raise Failure("nothing went on without the half")
        m.plug_stick(m.media[1], "y", 2)
        m.expect(rb"is back after \d+ s: sd\w1 \(usb \d-2\), which was", 40)
        m.check_work()
        check_resilvered(m)
        # Now the other half is the one that lacks nothing.
        m.pull_stick(m.media[0])
        m.expect(rb"goes on without sd\w1", 20)
        m.shell(f"echo 3 >/proc/sys/vm/drop_caches; {B} sha256sum -c /run/old /run/written >/run/sums")
        m.plug_stick(m.media[0], "x", 3)
        m.expect(rb"is back after \d+ s", 40)
        check_resilvered(m)
        m.power_off()


def check_resilvered(m):
    end = time.monotonic() + 60
    while "scan: resilvered" not in (status := m.status()) or "FAULTED" in status:
        if time.monotonic() > end:
            raise Failure(f"not resilvered:\n{status}")
        time.sleep(1)
    if "with 0 errors" not in status or "errors: No known data errors" not in status:
        raise Failure(status)


DEBIAN_WORK = """i=0; while [ ! -e /run/stop ]; do i=$((i+1)); seq $i $((i+3000)) | sudo dd of=/var/w-$i conv=fsync \
status=none && echo $(seq $i $((i+3000)) | sha256sum | cut -c1-64) /var/w-$i | sed 's/ /  /' >>/tmp/written; done &
"""


# Longer than systemd's watchdogs of its own services (180 s).
LONG = 230


def check_long(m):
    """The services that systemd watches are there, restarted or not; whether the kernel tells of hung tasks is chance."""
    m.send("systemctl is-active systemd-journald systemd-udevd systemd-logind | sort | uniq -c | tr -s ' '; echo SHOWN-$?\n")
    m.expect(rb" 3 active\r?\nSHOWN-0", 120)


def declare_debian(name, firmware="ovmf", seconds=20):
    @case(f"e2e/pulled/{name}", needs=["debian_image"], cost=130 + seconds, full=True)
    def whole_debian(t):
        """systemd, udevd, journald and zed go on too; the journal has it all; it shuts down."""
        with Machine(t) as m:
            medium = m.pluggable(overlay(t.debian_image, t.dir / "stick.qcow2"), "qcow2")
            m.argv += ["-device", "qemu-xhci,id=x", "-device", "qemu-xhci,id=y"]
            m.argv += ["-device", f"usb-storage,bus=x.0,port=1,drive={medium},id=s-{medium},bootindex=0"]
            if firmware == "seabios":
                m.use_firmware = lambda: None
            debian.boot(m)
            m.send("\n")  # the prompt may have come before the service's word
            debian.log_in(m, 60)
            m.send(f"echo {debian.PASSWORD} | sudo -S -p '' true; stty -echo\n")
            m.send(DEBIAN_WORK)
            m.send("sleep 5; echo WORKS-$?\n")
            m.expect(rb"WORKS-0", 60)
            m.pull_stick(medium)
            m.expect(rb"cannot go on without sda2", 30)
            time.sleep(seconds)
            m.plug_stick(medium, "y", 3)
            after = str(seconds // 10).encode()
            m.expect(rb"is back after " + after + rb"\d s: sd\w2 \(usb \d-3\), which was sda2 \(usb \d-1\)", 60)
            m.send("\nsleep 5; sudo touch /run/stop; wait; sudo sync; echo WAITED-$?\n")
            m.expect(rb"WAITED-0", 120)
            m.send("sudo sh -c 'echo 3 >/proc/sys/vm/drop_caches'; sha256sum --quiet -c /tmp/written; echo SUMS-$?\n")
            m.expect(rb"SUMS-0", 60)
            if seconds == LONG:
                check_long(m)
            m.send("sudo journalctl -b -k --no-pager | grep 'zlive: pool'; wc -l /tmp/written; sudo zpool wait -t scrub zlive; echo SCRUBBED-$?\n")
            m.expect(rb" zlive: pool 'zlive': sda2 \(usb \d-1\), vdev \d+, was pulled out", 60)
            m.expect(rb" zlive: pool 'zlive': vdev \d+ is back after", 30)
            m.expect(rb"SCRUBBED-0", 1200)  # of half a gigabyte, by one emulated processor
            m.send("sudo zpool status; echo STATUS-$?\n")
            status = m.expect(rb"pool: zlive[\s\S]*STATUS-0", 60).group().decode()
            if "scan: scrub repaired 0B" not in status or "errors: No known data errors" not in status:
                raise Failure(status)
            m.send("sudo zlive scan | grep -c /dev/dm- | sed s/^/MAPPED-/\n")
            m.expect(rb"MAPPED-0", 60)
            m.send("systemctl --failed --plain --no-legend | wc -l | sed s/^/FAILED-/\n")
            m.expect(rb"FAILED-0", 60)
            m.send("sudo poweroff\n")
            m.wait_off(120)


for kind in ("ovmf", "seabios"):
    declare_debian(f"debian-{kind}", kind)
declare_debian("four-minutes", seconds=LONG)


def set_drive(m, node):
    """What is in the stick's place from now on."""
    m.qmp("qom-set", path="/machine/peripheral/hd", property="drive", value=node)


def boot_with_faults(t, m):
    """The stick as a drive that fail() makes faulty; the node that is its medium."""
    medium = m.pluggable(overlay(t.init_pools / "single.img", m.dir / "single.qcow2"), "qcow2")
    m.argv += ["-device", "usb-bot,bus=x.0,port=1,id=b", "-device", f"scsi-hd,bus=b.0,drive={medium},id=hd,werror=report,rerror=report"]
    m.argv[-1] += m.boot_index()
    m.boot_with_tools("single")
    m.work()
    time.sleep(3)
    return medium


def fail(m, medium, *kinds):
    """From now on it answers each request of these kinds with an error."""
    failing = [{"event": "none", "iotype": kind, "errno": 5, "once": False} for kind in kinds]
    m.qmp("blockdev-add", **{"driver": "blkdebug", "node-name": "failing", "image": medium, "inject-error": failing})
    set_drive(m, "failing")


@case("e2e/pulled/write-errors", needs=NEEDS, cost=50, full=True, firmware=("uefi",))
def answers_but_fails(t):
    """A stick that reads, but writes no more: after three tries OpenZFS is told, and suspends the pool, and says so."""
    with PulledMachine(t, "single", []) as m:
        medium = boot_with_faults(t, m)
        fail(m, medium, "write")
        m.expect(rb"sda1 \(usb \d-1\), vdev \d+, answers, but does not do what it is told after 3 tries", 60)
        # zpool status may have something else to say first.
        state = "/proc/spl/kstat/zfs/zlive/state"
        m.shell(f"until {B} grep -q SUSPENDED {state}; do {B} sleep 1; done", 60)
        m.shell(f"{B} dmesg | {B} grep 'has encountered an uncorrectable I/O failure and has been suspended'")
        errors = f"{B} dmesg | {B} grep -c 'I/O error, dev sda'"
        before = m.shell(errors)
        time.sleep(10)
        if (after := m.shell(errors)) != before:
            raise Failure(f"the stick is tried again and again: {before} errors, then {after}")
        set_drive(m, medium)
        m.shell(f"{ZPOOL} clear zlive")
        m.shell(f"{B} grep -q ONLINE {state}")
        m.shell(f"{B} seq 1 100000 >/home/after; sync; echo 3 >/proc/sys/vm/drop_caches; {B} seq 1 100000 | {B} cmp - /home/after")
        m.power_off()


@case("e2e/pulled/all-fails", needs=NEEDS, cost=50, full=True, firmware=("uefi",))
def fails_for_a_while(t):
    """Nothing on the stick can be read or written, though it is there: as if pulled out, until it can be again."""
    with PulledMachine(t, "single", []) as m:
        medium = boot_with_faults(t, m)
        fail(m, medium, "write", "read", "flush")
        m.expect(rb"sda1 \(usb \d-1\), vdev \d+, does not answer any more", 60)
        m.expect(rb"cannot go on without sda1", 30)
        time.sleep(5)
        set_drive(m, medium)
        m.expect(rb"is back after \d+ s: sda1 \(usb \d-1\), which was sda1 \(usb \d-1\)", 60)
        m.check_work()
        m.power_off()
