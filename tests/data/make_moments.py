#!/usr/bin/env python3
"""Means and standard deviations in exact arithmetic, rounded once: writes moments.json beside this file.

Nothing but Python's own integers and fractions is used, so the figures do not depend on how anybody adds up floats.
"""
import json
import math
import os
import random
import struct
from fractions import Fraction

NAMES = {"u1": "B", "i1": "b", "u2": "H", "i2": "h", "u4": "I", "i4": "i", "u8": "Q", "i8": "q", "f2": "e", "f4": "f", "f8": "d"}


def sqrt_of(value):
    """The double nearest to the root of a fraction."""
    if value == 0:
        return 0.0
    shift = 2200 + 2 * max(0, (value.denominator.bit_length() - value.numerator.bit_length()) // 2)
    scaled = (value.numerator << (2 * shift)) // value.denominator
    root = math.isqrt(scaled)
    # Never a tie unless it is exact: then nothing is left.
    exact = root * root == scaled and (value.numerator << (2 * shift)) % value.denominator == 0
    return float(Fraction(2 * root + (0 if exact else 1), 2 << shift))


def moments(values):
    values = [Fraction(value) for value in values]
    mean = sum(values) / len(values)
    return float(mean), sqrt_of(sum(value * value for value in values) / len(values) - mean * mean)


def case(name, dtype, values, mask=None):
    data = struct.pack(f"{'>' if dtype[0] == '>' else '<'}{len(values)}{NAMES[dtype[1:]]}", *values)
    stored = struct.unpack(f"{'>' if dtype[0] == '>' else '<'}{len(values)}{NAMES[dtype[1:]]}", data)
    mask = mask or [0] * len(values)
    finite = [v for v, m in zip(stored, mask) if not m and math.isfinite(v)]
    mean, std = moments(finite)
    return {"name": name, "dtype": dtype, "data": data.hex(), "mask": bytes(mask).hex() if any(mask) else None,
            "count": len(finite), "mean": repr(mean), "std": repr(std)}


def main():
    rng = random.Random(5)
    some = lambda n, least, most: [rng.randint(least, most) for _ in range(n)]
    noise = lambda n, scale, offset=0.0: [offset + scale * rng.gauss(0, 1) for _ in range(n)]
    cases = []
    for order in "<>":
        for size in (1, 2, 4, 8):
            bits = 8 * size
            for sign, least, most in (("u", 0, 2**bits - 1), ("i", -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)):
                dtype = f"{order}{sign}{size}"
                cases.append(case("all of the range", dtype, some(300, least, most)))
                cases.append(case("near the end", dtype, some(99, most - 20, most)))
                cases.append(case("the greatest only", dtype, [most] * 33))
                cases.append(case("both ends", dtype, [least, most] * 7 + [most]))
        cases.append(case("near 2**62", f"{order}i8", [2**62 + v for v in some(77, -3, 3)]))
        cases.append(case("times in nanoseconds", f"{order}i8", [1_700_000_000_000_000_000 + 37 * i * i % 100_000 for i in range(300)]))
        cases.append(case("the least only", f"{order}i8", [-(2**63)] * 50))
        for dtype, tiny, huge in (("f2", 6e-8, 6.5e4), ("f4", 1e-44, 3.4e38), ("f8", 5e-324, 1.79e308)):
            dtype = order + dtype
            cases.append(case("constant", dtype, [0.1] * 100))
            cases.append(case("noise", dtype, noise(200, 1.0)))
            cases.append(case("an offset", dtype, noise(150, 1.0, 2000.0)))
            cases.append(case("huge", dtype, [huge * (1 - i / 4096) for i in range(60)]))
            cases.append(case("huge, both signs", dtype, [huge, -huge, huge / 2, 1.0, -1.0, huge]))
            cases.append(case("tiny", dtype, [tiny * (i % 7) for i in range(60)]))
            cases.append(case("tiny beside huge", dtype, [tiny, huge, tiny, -huge, tiny, 0.5]))
            cases.append(case("one", dtype, [0.3]))
            mask = [int(i % 3 == 0) for i in range(200)]
            holes = [math.nan if i % 5 == 0 else math.inf if i % 7 == 0 else -math.inf if i % 11 == 0 else 0.1 * i for i in range(200)]
            cases.append(case("masked and not finite", dtype, holes, mask))
        cases.append(case("a large offset", f"{order}f8", noise(1100, 1e-3, 1e9)))
        cases.append(case("an offset that leaves a digit", f"{order}f8", noise(150, 1.0, 1e15)))
        cases.append(case("1e308", f"{order}f8", [1e308, 1.1e308, 1.2e308, 9e307]))
        cases.append(case("1e-310", f"{order}f8", [1e-310, 3e-310, 2e-310, 0.0]))
        cases.append(case("every size", f"{order}f8", [(-1) ** i * 2.0 ** (i * 7 % 2000 - 1000) for i in range(300)]))
        cases.append(case("what is left of a sum", f"{order}f8", [1e308, 1.0, -1e308, 1e-300, 1e16, -1e16]))
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "moments.json"), "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


main()
