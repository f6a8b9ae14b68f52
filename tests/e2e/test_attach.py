# SPDX-License-Identifier: BSD-2-Clause
"""One image of a whole Debian, built once, boots however it is attached."""

from harness import debian
from harness.case import case
from harness.machine import ATTACH, Machine


def use_as_user(m):
    """The user that `zlive build` was told of logs in on the console, and is root through sudo."""
    debian.log_in(m, 420)
    m.send(f"echo {debian.PASSWORD} | sudo -S -p '' sh -c 'echo I-AM-$(id -un)'\n")
    m.expect(rb"I-AM-root", 60)
    m.send("cat /etc/hostname\n")
    m.expect(debian.HOSTNAME.encode(), 60)
    m.send("sudo poweroff\n")
    m.wait_off(180)


def declare(kind):
    @case(f"e2e/attach/{kind}", needs=["debian_image"], cost=60)
    def boots(t):
        with Machine(t) as m:
            m.attach(kind, t.debian_image, boot=True)
            debian.boot(m)
            debian.check_online(m)
            if kind == "virtio":
                m.send("\n")  # the prompt may have come before the report
                use_as_user(m)


for attachment in ATTACH:
    declare(attachment)


@case("e2e/attach/as-built", needs=["suite"], cost=90, full=True)
def nothing_added(t):
    """The same of an image without anything of the tests in it."""
    with Machine(t) as m:
        m.attach("virtio", t.suite[0], boot=True)
        m.use_firmware()
        m.start()
        use_as_user(m)
