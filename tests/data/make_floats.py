#!/usr/bin/env python3
"""Makes floats.txt: floats and how Python and NumPy print them. Needs NumPy, any before 2.3 (later ones write some floats
of few bits with an exponent, of the same digits).

Each line is the number of bytes, the bits in hexadecimal, and the text. Besides any bits there are numbers in the middle
between two of the shortest digits, and the powers of two, below which numbers lie closer together than above.
"""
import os
import random
import struct

import numpy

random.seed(20)


def double(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def doubles():
    yield from (random.getrandbits(64) for _ in range(1500))
    yield from (exponent << 52 for exponent in range(1, 2047, 3))
    for _ in range(1500):
        # Few bits behind the point and as many digits before it as leave the last digit in the middle.
        number = random.randrange(1, 1 << random.randrange(30, 53)) / (1 << random.randrange(1, 45))
        yield struct.unpack("<Q", struct.pack("<d", number))[0]
    for _ in range(500):
        number = float(random.randrange(1 << 53, 1 << random.randrange(54, 70)))
        yield struct.unpack("<Q", struct.pack("<d", number))[0]


def main():
    lines = []
    for bits in doubles():
        lines.append(f"8 {bits:016x} {double(bits)!r}")
    singles = [random.getrandbits(32) for _ in range(800)]
    singles += [struct.unpack("<I", struct.pack("<f", random.randrange(1, 1 << 24) / (1 << random.randrange(1, 20))))[0] for _ in range(800)]
    for bits in singles:
        lines.append(f"4 {bits:08x} {numpy.uint32(bits).view(numpy.float32)!s}")
    for bits in random.sample(range(1 << 16), 600):
        lines.append(f"2 {bits:04x} {numpy.uint16(bits).view(numpy.float16)!s}")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "floats.txt"), "w") as out:
        out.write("\n".join(lines) + "\n")


main()
