#!/usr/bin/env python3
"""Writes interlaced_4bit.png: 3 x 3 pixels of 4 bits with the values 1 to 9, in the seven passes of the PNG specification (8.2)."""
import os
import struct
import zlib

PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def main():
    pixels = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    lines = b""
    for left, top, right, down in PASSES:
        for row in pixels[top::down]:
            cells = row[left::right]
            if cells:
                pairs = zip(cells[::2], cells[1::2] + [0])
                lines += b"\0" + bytes(high << 4 | low for high, low in pairs)
    head = struct.pack(">IIBBBBB", 3, 3, 4, 0, 0, 0, 1)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "interlaced_4bit.png"), "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


main()
