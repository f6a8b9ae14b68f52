# SPDX-License-Identifier: BSD-2-Clause
"""What happens to sticks: damaged, full, write-protected, in a machine that cannot serve them."""

import os
import random
import re
import time

from harness import damage, debian, image, lab
from harness.case import case
from harness.machine import Machine, overlay
from harness.paths import Failure
from harness.pools import InitMachine
from harness.small import SmallMachine

NEEDS = ["lab", "init_pools", "init_ramdisk"]
QUICK_TXGS = "echo 1 >/sys/module/zfs/parameters/zfs_txg_timeout"  # seconds; else 5


@case("e2e/accident/write-protected", needs=NEEDS, cost=10, firmware=("uefi", "bios"))
def switch_of_the_stick(t):
    """The switch of the stick is on "lock": the system runs, and what it changes stays in memory."""
    with InitMachine(t, "single") as m:
        m.attach("usb-xhci", t.init_pools / "single.img", boot=True, snapshot=False, extra=",readonly=on")
        m.start()
        m.expect(rb"zlive: sd[a-z]1 is write-protected\s+zlive: changes stay in memory", 120)
        m.check_ready("single")
        m.check_in_memory()
        m.power_off()


@case("e2e/accident/ephemeral", needs=NEEDS, cost=10, firmware=("uefi",))
def ephemeral(t):
    """zlive.mode=ephemeral: the same on a stick that could be written to, and not a byte changes."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    before = image.sha256(disk)
    with InitMachine(t, "single", "zlive.mode=ephemeral") as m:
        m.attach("usb-xhci", disk, boot=True, snapshot=False)
        m.start()
        m.expect(rb"zlive: changes stay in memory", 120)
        m.check_ready("single")
        m.check_in_memory()
        m.power_off()
    if image.sha256(disk) != before:
        raise Failure("the disk was written to")


def rewind(m, disk, before, first=None):
    """By the menu; nothing is written, and the image has the digest `before`, until it was told to."""
    m.menu(rb": the pool is there, but it cannot be imported", 4)
    if first:
        m.expect(first, 120)
    m.expect(rb"zlive:   Would be able to return zlive to its state as of ", 120)
    m.expect(rb"Rewind\? What was written since is lost. \(y/N\): ", 60)
    if image.sha256(disk) != before:
        raise Failure("the disk was written to before anybody said so")
    m.send("y\n")
    m.check_system("single")


@case("e2e/accident/rewind", needs=NEEDS, cost=30, firmware=("uefi", "bios"))
def newest_tree_destroyed(t):
    """After a power cut the newest state does not read: OpenZFS goes back to the one before, when told to."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    with InitMachine(t, "single", name="before") as m:
        m.attach("virtio", disk, boot=True, snapshot=False)
        m.start()
        m.check_system("single")
        m.shell(QUICK_TXGS)
        m.shell("for i in 1 2 3 4; do echo $i >/home/f-$i; sync; busybox sleep 2; done")
        m.kill()
    overwrite(disk, damage.newest_root(disk, damage.vdevs_of(disk)[0]))
    before = image.sha256(disk)
    with InitMachine(t, "single", name="after") as m:
        m.allow_menu()
        m.attach("virtio", disk, boot=True, snapshot=False)
        m.start()
        rewind(m, disk, before)
        if m.shell("cat /home/f-1 /home/f-2").split() != ["1", "2"]:
            raise Failure("files from several txgs before are lost")
        m.power_off()


def overwrite(disk, places):
    with open(disk, "r+b") as f:
        for offset, length in places:
            f.seek(offset)
            f.write(b"\xa5" * length)


def without_newest_uberblocks(t):
    """A copy of an exported pool without its last three uberblocks."""
    disk = image.copy(t.init_pools / "single.img", t.dir / "disk.img")
    found = damage.uberblocks(disk, damage.vdevs_of(disk)[0])
    newest = sorted({txg for txg, _, _ in found})[-3:]
    overwrite(disk, [place for txg, *place in found if txg in newest])
    return disk


@case("e2e/accident/newest-uberblocks", needs=NEEDS, cost=25, full=True, firmware=("uefi", "bios"))
def newest_uberblocks_destroyed(t):
    """The loader starts from an older state; OpenZFS finds it when it looks further back, and goes there when told to."""
    disk = without_newest_uberblocks(t)
    with InitMachine(t, "single") as m:
        m.allow_menu()
        m.attach("virtio", disk, boot=True, snapshot=False)
        m.start()
        rewind(m, disk, image.sha256(disk), rb"zlive: not among the last few; looking further back")
        m.power_off()


@case("e2e/accident/no-way-back", needs=NEEDS, cost=15, full=True)
def no_older_state(t):
    """The same where no older state can be read, either: nothing is done to the pool."""
    disk = without_newest_uberblocks(t)
    (vdev, *_) = damage.vdevs_of(disk)
    overwrite(disk, [place for u in damage.uberblocks(disk, vdev) for place in damage.root(disk, vdev, u)])
    before = image.sha256(disk)
    with InitMachine(t, "single") as m:
        m.allow_menu()
        m.attach("virtio", disk, snapshot=False)
        m.start()
        m.menu(rb": the pool is there, but it cannot be imported", 4)
        m.expect(rb"zlive: OpenZFS finds none that it can import", 120)
        m.menu(rb": the pool is there, but it cannot be imported", 7)
        m.wait_off(60)
    if image.sha256(disk) != before:
        raise Failure("the disk was written to")


@case("e2e/accident/front-labels-512-mib", needs=["small_image"], cost=20, firmware=("bios",))
def front_labels_overwritten(t):
    """Loader and /init find the pool by the labels at its end; 512 MiB of memory are enough."""
    disk = image.copy(t.small_image, t.dir / "disk.img")
    start, _ = image.zfs_partition(disk)
    with open(disk, "r+b") as f:
        f.seek(start)
        f.write(b"\xa5" * (2 * damage.LABEL))
    with SmallMachine(t, memory=512) as m:
        m.attach("usb-xhci", disk, boot=True)
        m.boot()
        m.check_online()
        m.power_off()


@case("e2e/accident/full-pool", needs=NEEDS, cost=15, firmware=("uefi", "bios"))
def full_pool(t):
    """Boots with not a block left, and deleting a file makes room."""
    with InitMachine(t, "full") as m:
        m.attach("usb-xhci", t.init_pools / "full.img", boot=True)
        m.start()
        m.check_system("full")
        full = "busybox dd if=/dev/zero of=/new bs=128k count=64 conv=fsync"
        if "No space left" not in m.shell(full, ok=False):
            raise Failure("the pool is not full: the test would prove nothing")
        m.shell("busybox mount -t zfs -o zfsutil zlive/home/crowd /home && busybox rm -f /home/all /home/rest")
        # What was freed can be used a few transaction groups later.
        m.shell(f"{QUICK_TXGS}; i=0; until {full} || [ $i = 30 ]; do i=$((i+1)); busybox sleep 1; done; [ $i -lt 30 ]")
        m.power_off()


@case("e2e/accident/no-driver", needs=NEEDS, cost=10, firmware=("uefi", "bios"))
def no_driver_for_the_controller(t):
    """The stick is behind a controller that the ramdisk has no driver for: the console names it."""
    with InitMachine(t, "single", "zlive.wait=3") as m:
        m.allow_menu()
        stick = m.drive(t.init_pools / "single.img")
        m.argv += ["-device", "lsi53c895a,id=s", "-device", f"scsi-hd,bus=s.0,drive={stick}"]
        if t.firmware == "bios":
            m.argv[-1] += m.boot_index()
        else:
            m.load_from(t.init_pools / "single.img")  # OVMF has no driver either
        m.start()
        m.menu(rb": the pool was not found[\s\S]*storage controller 0000:\S+ \(PCI 1000:0012\): no driver", 7)
        m.wait_off(60)


# Each file is reported when its fsync has returned; something else writes all the while, unsynced.
WRITER = """busybox mkdir -p /w; (i=0; while :; do busybox seq 1 9000 >/w/churn-$((i %% 7)); i=$((i + 1)); done) & \
i=%d; while :; do i=$((i + 1)); busybox seq $i $((i + 2000)) | busybox dd of=/w/f-$i conv=fsync 2>/dev/null; \
echo SYNCED-$i-; done
"""
CHECK = "(for i in $(busybox seq 1 %d); do busybox seq $i $((i + 2000)) | busybox cmp - /w/f-$i || exit 1; done)"


def power_cuts(t, rounds, seed):
    """The emulator is killed at random moments while files are written; each fsynced file stays whole."""
    print(f"ZLIVE_TEST_SEED={seed}", flush=True)
    dice = random.Random(seed)
    disk = overlay(t.init_pools / "single.img", t.dir / "disk.qcow2")
    synced = 0
    for number in range(rounds + 1):
        with InitMachine(t, "single", name=f"boot-{number}") as m:
            m.attach("usb-xhci", disk, boot=True, snapshot=False, fmt="qcow2")
            m.start()
            m.check_system("single")
            if synced:
                m.shell(CHECK % synced, limit=180)
            if number == rounds:
                m.power_off()
                break
            m.send(WRITER % synced)
            m.expect(rb"SYNCED-\d+-", 60)
            end = time.monotonic() + dice.uniform(0, 5)
            while time.monotonic() < end:
                m._read(0.01)
            m.kill()
            reported = [int(n) for n in re.findall(rb"SYNCED-(\d+)-", m.seen)]
            if reported[-1] <= synced:
                raise Failure("nothing was written in this round: the test proves nothing")
            synced = reported[-1]


@case("e2e/accident/power-cut", needs=NEEDS, cost=45, firmware=("bios",))
def two_power_cuts(t):
    power_cuts(t, 2, 20261122)


@case("e2e/accident/power-cut-20", needs=NEEDS, cost=500, full=True, firmware=("uefi",))
def twenty_power_cuts(t):
    """Other moments in each run; ZLIVE_TEST_SEED, which the log tells, gives those of another run again."""
    seed = int(os.environ.get("ZLIVE_TEST_SEED") or random.SystemRandom().getrandbits(32))
    try:
        power_cuts(t, 20, seed)
    except Failure as e:
        raise Failure(f"{e}\n(ZLIVE_TEST_SEED={seed})") from e


@case("e2e/accident/write-protected-debian", needs=["debian_image"], cost=80, full=True, firmware=("bios",))
def debian_on_a_locked_stick(t):
    """A whole Debian on a write-protected stick reaches multi-user.target, no unit failed, its root in memory."""
    with Machine(t) as m:
        m.attach("usb-xhci", t.debian_image, boot=True, snapshot=False, extra=",readonly=on")
        debian.boot(m)
        if not re.search(rb"zlive: sd[a-z]2 is write-protected", m.seen):
            raise Failure("/init does not say that the stick is write-protected")
        debian.check_online(m, root=r"zlive-overlay +overlay$")


FSTAB_FAILS = ["srv-wrong.mount", "systemd-remount-fs.service"]  # of the others their jobs failed, not they themselves
FSTAB = """# of the machine that this system was copied from, and what somebody mistyped
UUID=0a1b2c3d-1111-2222-3333-444455556666 /         ext4   errors=remount-ro 0 1
UUID=0a1b2c3d-1111-2222-3333-444455557777 /srv/data ext4   defaults          0 2
UUID=0a1b2c3d-1111-2222-3333-444455558888 none      swap   sw                0 0
tmpfs /srv/wrong nosuchfs size=lots 0 0
this is no line of an fstab, nobody knows why it is here
/dev/sdb1
"""


def boot_with_fstab(t, also=""):
    disk = image.copy(t.debian_image, t.dir / "disk.img")
    (t.dir / "fstab").write_text(FSTAB)
    script = """
    zpool import -f -N -R /mnt/pool -d /dev zlive
    zfs mount $(zpool get -H -o value bootfs zlive)
    cp fstab /mnt/pool/etc/fstab
    %s
    zpool export zlive
    """
    lab.run_job(t, t.lab, script % also, [disk], [t.dir / "fstab"])
    with Machine(t) as m:
        m.bad = [p for p in m.bad if p.pattern != rb"Failed to mount"]
        m.attach("usb-xhci", disk, boot=True, snapshot=False)
        debian.boot(m)
        debian.check_online(m, failed=FSTAB_FAILS)
        said = re.sub(rb"\x1b\[[0-9;:]*m", b"", m.seen)
        if b"Dependency failed for srv-data.mount" not in said:
            raise Failure("the console does not say that /srv/data is not there")
        m.expect(rb"login: ", 60)


@case("e2e/accident/broken-fstab", needs=["debian_image", "lab"], cost=120, full=True)
def broken_fstab(t):
    """Disks of another machine and nonsense in /etc/fstab: the system comes up, and says what it lacks."""
    boot_with_fstab(t)
