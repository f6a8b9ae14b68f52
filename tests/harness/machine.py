# SPDX-License-Identifier: BSD-2-Clause
"""One emulated machine: QEMU, its serial console, its disks and the ways to plug one in."""

import contextlib
import json
import os
import re
import select
import shutil
import socket
import subprocess
import time

from . import screen
from .paths import PATIENCE, WORK, Failure
from .run import run

# What no boot may print. A wait ends at once when one of these shows, not by its time limit.
BAD = [
    rb"Kernel panic",
    rb"\bOops: ",
    rb"BUG: unable to handle",
    rb"general protection fault",
    rb"PANIC at ",
    # the firmware's
    rb"X64 Exception Type",
    rb"UEFI Interactive Shell",
    rb"No bootable option or device was found",
    # the loader's error screens
    rb"could not be started",
    rb"No ZFS pool was found",
    rb"The pool cannot be read",
    rb"No boot environment with a kernel",
    rb"The firmware shows no disk",
    rb"zlive: no memory",
    # /init's
    rb"zlive: the boot has stopped",
    rb"zlive: a rescue shell",
    # systemd's
    rb"You are in emergency mode",
    rb"You are in rescue mode",
    rb"Failed to mount",
]

# Every way in which a stick or a disk can be attached that the issue names.
ATTACH = {
    "usb-xhci": ["qemu-xhci,id=x", "usb-storage,bus=x.0,port=1,drive={d}"],
    "usb-xhci-port3": ["qemu-xhci,id=x", "usb-storage,bus=x.0,port=3,drive={d}"],
    "usb-hub": [
        "qemu-xhci,id=x",
        "usb-hub,bus=x.0,port=2,ports=4",
        "usb-storage,bus=x.0,port=2.3,drive={d}",
    ],
    "usb-ehci": ["usb-ehci,id=e", "usb-storage,bus=e.0,port=1,drive={d}"],
    "sata": ["ide-hd,bus=ide.0,drive={d}"],
    "nvme": ["nvme,serial=zlivetest,drive={d}"],
    "virtio": ["virtio-blk-pci,drive={d}"],
}

# Disks with sectors of 4096 bytes.
SECTORS = ",logical_block_size=4096,physical_block_size=4096"
ATTACH_4096 = {
    "nvme-4096": ["nvme,serial=zlivetest,drive={d}" + SECTORS],
    # QEMU's usb-storage always has sectors of 512 bytes; its parts can be told.
    "usb-4096": ["qemu-xhci,id=x", "usb-bot,id=b,bus=x.0,port=1", "scsi-hd,bus=b.0,drive={d}" + SECTORS],
}


def accelerator():
    """-accel arguments: KVM where a guest really runs under it, else emulation."""
    cache = WORK / "accel"
    if not cache.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        cache.write_text("kvm" if _kvm_works() else "tcg")
    if cache.read_text() == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    return ["-accel", "tcg,thread=single", "-cpu", "max"]


def _kvm_works():
    """Firmware under KVM must reach its console: the device alone proves nothing."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    argv = ["qemu-system-x86_64", "-machine", "q35", "-accel", "kvm", "-cpu", "host", "-m", "256"]
    argv += ["-display", "none", "-monitor", "none", "-nic", "none", "-serial", "stdio"]
    argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={firmware()[0]}"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    except subprocess.TimeoutExpired as e:
        return b"BdsDxe" in (e.stdout or b"")
    return b"BdsDxe" in done.stdout


def firmware():
    """OVMF's code and the template of its variables."""
    for suffix in ("_4M", ""):
        code = f"/usr/share/OVMF/OVMF_CODE{suffix}.fd"
        if os.path.exists(code):
            return code, f"/usr/share/OVMF/OVMF_VARS{suffix}.fd"
    raise Failure("no OVMF firmware in /usr/share/OVMF (package ovmf)")


class Machine:
    """Use as a context manager: the machine is gone at the end, whatever happened."""

    def __init__(self, case, name="machine", memory=2048):
        self.firmware = getattr(case, "firmware", None)
        self.dir = case.dir / name
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log = self.dir / "serial.log"
        self.argv = ["qemu-system-x86_64", "-machine", "q35", "-smp", "1", "-m", str(memory)]
        self.argv += ["-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot"]
        self.argv += accelerator()
        self.n_drives = 0
        self.seen = b""  # all that the console printed
        self.mark = 0  # up to here, waits have consumed it
        self.bad = [re.compile(p) for p in BAD]
        self.proc = None
        self.qmp_file = None
        self.report = None  # a file for what the guest writes to its second serial port

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.kill()

    # ---- before it starts ----

    def use_firmware(self):
        """UEFI, but in a case of the BIOS: then QEMU's default, SeaBIOS."""
        if self.firmware == "bios":
            return
        code, template = firmware()
        shutil.copyfile(template, self.dir / "vars.fd")
        self.argv += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
        self.argv += ["-drive", f"if=pflash,format=raw,file={self.dir / 'vars.fd'}"]

    def use_kernel(self, kernel, ramdisk, cmdline):
        self.argv += ["-kernel", str(kernel), "-initrd", str(ramdisk), "-append", cmdline]

    def drive(self, image, snapshot=True, fmt="raw", extra=""):
        """Adds a drive that no device uses yet, and returns its name."""
        name = f"d{self.n_drives}"
        self.n_drives += 1
        self.argv += [
            "-drive",
            f"if=none,id={name},file={image},format={fmt},snapshot={'on' if snapshot else 'off'}{extra}",
        ]
        return name

    def nodes(self, image, count):
        """Drives with the same image, one for each time that it is plugged in.

        QEMU does not give a drive free for another device when the one that had it is pulled out.
        """
        names = [f"d{self.n_drives + i}" for i in range(count)]
        self.n_drives += count
        for name in names:
            self.argv += ["-blockdev", f"driver=raw,node-name={name},file.driver=file,file.filename={image},file.locking=off"]
        return names

    def attach(self, kind, image, boot=False, **kwargs):
        """Plugs image in as one of ATTACH or ATTACH_4096; boot: the firmware tries it first.

        Not behind a hub: OVMF does not know QEMU's path of a device there and would start the
        drivers of none; without an order it looks at all disks.
        """
        boot = boot and kind != "usb-hub"
        name = self.drive(image, **kwargs)
        for device in (ATTACH | ATTACH_4096)[kind]:
            if "{d}" in device:
                device = device.format(d=name) + (",bootindex=0" if boot else "")
            self.argv += ["-device", device]
        return name

    def stick_for_later(self, image, **kwargs):
        """A USB controller with nothing in it, and a drive that plug_in() puts into it."""
        self.argv += ["-device", "qemu-xhci,id=x"]
        return self.drive(image, **kwargs)

    def pluggable(self, image, fmt="raw"):
        """A medium for plug_stick(), and its name: unlike a drive it outlives the device it is in."""
        name = f"n{self.n_drives}"
        self.n_drives += 1
        self.argv += ["-blockdev", f"driver={fmt},node-name={name},file.driver=file,file.filename={image}"]
        return name

    # ---- while it runs ----

    def plug_stick(self, medium, bus, port):
        """A stick with that medium into a port of a USB controller."""
        self.qmp("device_add", driver="usb-storage", bus=f"{bus}.0", port=str(port), drive=medium, id=f"s-{medium}")

    def pull_stick(self, medium):
        """That stick out again; returns when the guest has no such device any more."""
        self.qmp("device_del", id=f"s-{medium}")
        while any(d["name"] == f"s-{medium}" for d in self.qmp("qom-list", path="/machine/peripheral")):
            time.sleep(0.1)

    def start(self):
        pairs = [socket.socketpair() for _ in range(2)]
        # QEMU drops what a full socket does not take, and this process may be busy for a while.
        for option in (socket.SO_SNDBUF, 32):  # SO_SNDBUFFORCE: beyond the limit, for root
            with contextlib.suppress(PermissionError):
                pairs[0][1].setsockopt(socket.SOL_SOCKET, option, 8 << 20)
        console, qmp = (theirs.fileno() for _, theirs in pairs)
        self.argv += ["-chardev", f"socket,id=con,fd={console},logfile={self.log}", "-serial", "chardev:con"]
        if self.report is not None:
            self.argv += ["-serial", f"file:{self.report}"]
        self.argv += ["-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"]
        (self.dir / "command").write_text(" ".join(self.argv) + "\n")
        self.errors = open(self.dir / "qemu.log", "wb")
        self.proc = subprocess.Popen(
            self.argv,
            stdin=subprocess.DEVNULL,
            stdout=self.errors,
            stderr=self.errors,
            pass_fds=(console, qmp),
        )
        for _, theirs in pairs:
            theirs.close()
        self.console = pairs[0][0]
        self.qmp_sock = pairs[1][0]
        return self

    def _read(self, seconds):
        """More of the console into self.seen; False at its end."""
        ready, _, _ = select.select([self.console], [], [], seconds)
        if not ready:
            return True
        try:
            data = self.console.recv(65536)
        except ConnectionResetError:
            data = b""
        self.seen += data
        return bool(data)

    def _tail(self):
        """The last lines, without what only a terminal understands."""
        text = re.sub(rb"\x1b\[[0-9;?=]*[A-Za-z]|\x1b.|\r", b"", self.seen)
        lines = [line for line in text.decode(errors="replace").split("\n") if line.strip()]
        return "\n".join("    | " + line[:160] for line in lines[-25:])

    def _check_bad(self):
        for pattern in self.bad:
            m = pattern.search(self.seen, max(0, self.mark - 200))
            if m:
                end = time.monotonic() + 3  # what follows says more
                while time.monotonic() < end and self._read(0.5):
                    pass
                raise Failure(f"the console shows \"{m.group().decode()}\"\n{self._tail()}")

    def expect(self, pattern, limit, check_bad=True):
        """Waits until the console shows pattern (bytes, a regex) and returns the match."""
        wanted = re.compile(pattern)
        end = time.monotonic() + limit * PATIENCE
        while True:
            m = wanted.search(self.seen, self.mark)
            if m:
                if check_bad:
                    self._check_bad()
                self.mark = m.end()
                return m
            if check_bad:
                self._check_bad()
            left = end - time.monotonic()
            if left <= 0:
                raise Failure(f"no \"{pattern.decode()}\" within {limit * PATIENCE:.0f} s\n{self._tail()}")
            if not self._read(min(left, 1.0)):
                self.proc.wait()
                raise Failure(f"the machine ended before \"{pattern.decode()}\"\n{self._tail()}")

    def show(self, text, limit=60):
        """Waits for words that the loader shows; consoles draw only what changed, so blanks may lack."""
        pattern = rb"(?:\x1b\[[0-9;]*[A-Za-z]|\s)*".join(re.escape(word.encode()) for word in text.split())
        return self.expect(pattern, limit, check_bad=False)

    def add_to_cmdline(self, words, limit=120):
        """In the loader's menu: these words come behind the others on the kernel's command line, this once."""
        self.show("Starting in 3 s", limit)
        self.send("e")
        self.show("lasts for this start only")
        self.send(f" {words}\r")

    def send(self, text):
        self.console.sendall(text.encode())

    def plug_in(self, drive, port=2, name="stick"):
        """Puts a drive into a port of the USB controller while the machine runs."""
        for tries in range(50, 0, -1):
            try:
                self.qmp("device_add", driver="usb-storage", bus="x.0", port=str(port), drive=drive, id=name)
                return
            except Failure as e:  # QEMU lets go of a stick's medium a little later than of the stick
                if "Permission conflict" not in str(e) or tries == 1:
                    raise
            time.sleep(0.2)

    def pull_out(self, name="stick"):
        """Takes that out again."""
        self.qmp("device_del", id=name)

    def screen(self, rows=25):
        """The text on the screen; of a BIOS's text mode so many rows.

        Linux scrolls that by showing another part of the video memory: all that there is are 204 rows.
        """
        path = self.dir / "screen"
        if self.firmware == "uefi":
            self.qmp("screendump", filename=str(path))
            return screen.from_picture(path.read_bytes())
        self.qmp("pmemsave", val=0xB8000, size=80 * rows * 2, filename=str(path))
        return screen.from_memory(path.read_bytes())

    def expect_screen(self, text, limit, rows=25):
        end = time.monotonic() + limit * PATIENCE
        while time.monotonic() < end:
            if not self._read(0.5):
                raise Failure(f'the machine ended before "{text}" was on its screen')
            shown = self.screen(rows)
            if screen.shows(shown, text):
                return
        raise Failure(f'no "{text}" on the screen within {limit} s:\n{shown}')

    def wait_off(self, limit):
        """Waits for the guest to power itself off."""
        end = time.monotonic() + limit * PATIENCE
        while self._read(max(0, min(1.0, end - time.monotonic()))):
            self._check_bad()
            if time.monotonic() > end:
                raise Failure(f"not off within {limit * PATIENCE:.0f} s\n{self._tail()}")
        self._check_bad()
        self.proc.wait()

    def kill(self):
        """Power off, unclean: nothing that QEMU holds back is written."""
        if self.proc is None:
            return
        if self.proc.poll() is None:
            self.proc.kill()
        self.proc.wait()
        self.errors.close()
        self.console.close()
        self.qmp_sock.close()
        self.proc = None

    def qmp(self, command, **arguments):
        """One QMP command, and what it returns."""
        if self.qmp_file is None:
            self.qmp_file = self.qmp_sock.makefile("rwb")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        self.qmp_file.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Failure(f"{command}: {answer['error']['desc']}")


def overlay(base, path, fmt="raw"):
    """A qcow2 over an image: what a machine writes goes there, and the base stays as it is."""
    path.unlink(missing_ok=True)
    run("qemu-img", "create", "-q", "-f", "qcow2", "-F", fmt, "-b", base, path)
    return path
