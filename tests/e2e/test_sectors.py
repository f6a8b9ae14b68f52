# SPDX-License-Identifier: BSD-2-Clause
"""Sticks with sectors of 4096 bytes: partition table, FAT and pool are laid out for them."""

from harness import stick
from harness.case import FIXTURES, case, fixture
from harness.machine import ATTACH_4096
from harness.paths import ZLIVE
from harness.small import SmallMachine


@fixture("image_4096", needs=["small_root"], inputs=[ZLIVE])
def make_image_4096(path):
    return stick.build(FIXTURES["small_root"].value(), path, "--sector-size", "4096", size="2G")


def declare(kind):
    @case(f"e2e/sectors/{kind}", needs=["image_4096"], cost=17)
    def boots(t):
        with SmallMachine(t) as m:
            m.attach(kind, t.image_4096, boot=True)
            m.boot()
            m.check_online()


for attachment in ATTACH_4096:
    declare(attachment)
