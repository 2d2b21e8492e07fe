#!/usr/bin/env python3
"""Write a large cube for measurements: `cube`, (rows, columns, bands) uint16, with `wavelengths` and `description`.

usage: make_cube.py OUT.mmdpickle [ROWS COLUMNS BANDS [--sparse]]

The default, 1500 x 1250 x 400, is 1.5 GB. Needs only Python's standard library. The spelling of the array is the
one that the reference library writes. Values vary smoothly over the picture and the spectrum, so that a wrong row,
column or band shows. With --sparse all values are zeros that take no space on the disk, whatever the size.
"""
import array
import itertools
import math
import os
import struct
import sys


def entry(key, before, size, data, after):
    """One entry of the container: frame, key, opcodes before the data, `size` bytes of data, opcodes after, trailer."""
    name = key.encode()
    body = 2 + len(name) + len(before) + size + len(after) + 8
    yield b"\x95" + struct.pack("<Q", body) + b"\x8c" + bytes([len(name)]) + name + before
    yield from data
    yield after + b"J\0\0\0\x000\x880"


def number(n):
    return b"K" + bytes([n]) if n < 256 else b"M" + struct.pack("<H", n) if n < 65536 else b"J" + struct.pack("<i", n)


def rows(count, columns, bands):
    """Bytes of each row: one long pattern, read from another place for each row."""
    period = 4096
    wave = [2000 + int(1500 * math.sin(2 * math.pi * i / period)) for i in range(period)]
    line = array.array("H")
    for x in range(columns + period):
        line.extend(wave[(x * 3 + band * 5) % period] + 4 * band for band in range(bands))
    if sys.byteorder == "big":
        line.byteswap()
    line = line.tobytes()
    step = bands * 2
    for y in range(count):
        start = (y * 2 % period) * step
        yield line[start:start + columns * step]


def main():
    is_sparse = sys.argv[5:] == ["--sparse"]
    if len(sys.argv) not in (2, 5) and not is_sparse or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    count, columns, bands = map(int, sys.argv[2:5]) if len(sys.argv) > 2 else (1500, 1250, 400)
    size = count * columns * bands * 2
    centres = [400.0 + 1600.0 * band / max(1, bands - 1) for band in range(bands)]
    text = f"Synthetic cube {count} x {columns} x {bands}".encode()
    prefix = (b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93"
              b"\x8c\x15numpy.core.multiarray\x8c\nfromstring\x93\x8e" + struct.pack("<Q", size))
    suffix = b"\x8c\x06uint16\x86R" + number(count) + number(columns) + number(bands) + b"\x87\x86R"
    floats = b"](" + b"".join(b"G" + struct.pack(">d", centre) for centre in centres) + b"e"
    with open(sys.argv[1], "wb") as out:
        out.write(b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\x01\0\0\x000J\x03\0\0\x000(")
        parts = (entry("description", b"\x8c" + bytes([len(text)]) + text, 0, (), b""),
                 entry("wavelengths", floats, 0, (), b""),
                 entry("cube", prefix, size, (None,) if is_sparse else rows(count, columns, bands), suffix))
        for piece in itertools.chain.from_iterable(parts):
            if piece is None:
                out.seek(size, os.SEEK_CUR)
            else:
                out.write(piece)
        out.write(b"\x95\x02\0\0\0\0\0\0\0d.")


main()
