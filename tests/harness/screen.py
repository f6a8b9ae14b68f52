# SPDX-License-Identifier: BSD-2-Clause
"""The text on a machine's screen, in the video memory of a BIOS's text mode or drawn by the kernel on UEFI's."""

import pathlib
import re

from .paths import Failure

# A font of the letters of IBM's VGA, as most of the kernel's own are: 256 letters of 16 rows, a byte each.
FONT = pathlib.Path("/usr/share/seabios/vgabios-stdvga.bin")
LETTER_A = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")
WIDTH, HEIGHT = 8, 16
OTHERS = 0xE000  # what looks like none of them: the first such letter, the second ...


def from_memory(cells):
    """Lines of 80 letters, each followed by its colour."""
    letters = cells[::2]
    lines = [letters[i : i + 80].decode("cp437").rstrip("\0 ") for i in range(0, len(letters), 80)]
    return "\n".join(lines)


def _letters():
    """{what of a letter's dots is lit, a byte each: the letter}"""
    rom = FONT.read_bytes()
    base = rom.find(LETTER_A) - ord("A") * HEIGHT
    if base < 0:
        raise Failure(f"{FONT} holds no font as expected")
    dots = [bytes(row >> (7 - bit) & 1 for bit in range(WIDTH)) for row in range(256)]
    font = {}
    for code in reversed(range(32, 127)):
        rows = rom[base + code * HEIGHT : base + (code + 1) * HEIGHT]
        font[b"".join(dots[row] for row in rows)] = chr(code)
    return font


def from_picture(ppm):
    """Of a picture (P6) of letters, brighter than what is behind them."""
    kind, size, _, data = ppm.split(b"\n", 3)
    if kind != b"P6":
        raise Failure(f"the picture of the screen is {kind!r}")
    width, height = (int(n) for n in size.split())
    lit = data[1::3].translate(bytes(int(level > 80) for level in range(256)))  # its green
    font = _letters()
    lines = []
    for top in range(0, height - HEIGHT + 1, HEIGHT):
        rows = [lit[(top + y) * width : (top + y + 1) * width] for y in range(HEIGHT)]
        cells = (b"".join(row[x : x + WIDTH] for row in rows) for x in range(0, width - WIDTH + 1, WIDTH))
        lines.append("".join(font.setdefault(cell, chr(OTHERS + len(font))) for cell in cells).rstrip())
    return "\n".join(lines)


def shows(shown, text):
    """Whether the text is there, however its lines are broken; each letter of another shape stands for one of its own."""
    pattern = "".join(re.escape(c) if c == " " else f"[{re.escape(c)}\ue000-\uf8ff]" for c in text)
    for m in re.finditer(f"(?=({pattern}))", " ".join(shown.split())):
        others = {(seen, meant) for seen, meant in zip(m[1], text) if seen != meant}
        if len({seen for seen, _ in others}) == len({meant for _, meant in others}) == len(others):
            return True
    return False
