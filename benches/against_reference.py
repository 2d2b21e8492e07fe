#!/usr/bin/env python3
"""Listing the keys of one file: cubescope against the reference, in one run.

usage: against_reference.py BINARY REFERENCE_PYTHON [--keys 100000] [--repeat 5] [--index]

Makes a file by writing its bytes (writing it with the reference takes time that grows with the square of the keys), then
times, each in a process of its own: the reference's listing (opening and keys(), without the start of Python and its
imports), and `cubescope ls --json` and `cubescope get` of one key (whole processes, with their printing). With --index, also the index alone, without a look
at the values and without printing: the benchmark `index of 100 000 keys` of `container.rs`, which has the same entries.
"""
import argparse
import json
import os
import statistics
import struct
import subprocess
import tempfile
import time

LIST = """
import sys, time, warnings
warnings.simplefilter("ignore")
from mmappickle import mmapdict
started = time.perf_counter()
opened = mmapdict(sys.argv[1], True)
count = len(list(opened.keys()))
print(time.perf_counter() - started, count)
"""


def write(path, keys):
    with open(path, "wb") as file:
        file.write(b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\1\0\0\x000J" + struct.pack("<i", keys) + b"0(")
        for number in range(keys):
            key, text = f"scan-{number:06d}-p".encode(), f"value {number}".encode()
            value = b"\x8c" + bytes([len(text)]) + text
            file.write(b"\x95" + struct.pack("<Q", 10 + len(key) + len(value)) + b"\x8c" + bytes([len(key)]) + key + value + b"J\1\0\0\x000\x880")
        file.write(b"\x95\x02\0\0\0\0\0\0\0d.")


def reference(python, path, keys):
    seconds, count = subprocess.run([python, "-c", LIST, path], capture_output=True, text=True, check=True).stdout.split()
    assert int(count) == keys, f"the reference lists {count} keys"
    return float(seconds)


def ours(binary, *arguments):
    started = time.perf_counter()
    with open(os.devnull, "w") as nowhere:
        subprocess.run([binary, *arguments], stdout=nowhere, check=True)
    return time.perf_counter() - started


def index_alone():
    """Seconds, of the library."""
    name, top = "index of 100 000 keys", os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = ["cargo", "bench", "--quiet", "--no-default-features", "--bench", "container", "--", "--exact", name]
    subprocess.run(command, cwd=top, check=True, stdout=subprocess.DEVNULL)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(top, "target"))
    with open(os.path.join(target, "criterion", name, "new", "estimates.json")) as file:
        return json.load(file)["median"]["point_estimate"] / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("reference")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--index", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "keys.mmdpickle")
        write(path, given.keys)
        listing, one = ("ls", path, "--json"), ("get", path, f"scan-{given.keys // 2:06d}-p")
        ours(given.binary, *listing)  # both find the file in the cache
        theirs = statistics.median(reference(given.reference, path, given.keys) for _ in range(max(1, given.repeat // 2)))
        whole = statistics.median(ours(given.binary, *listing) for _ in range(given.repeat))
        single = statistics.median(ours(given.binary, *one) for _ in range(given.repeat))
    print(f"{given.keys} keys, {os.cpu_count()} processors")
    print(f"the reference, opening and keys():  {theirs * 1000:8.1f} ms")
    print(f"cubescope ls --json, whole process: {whole * 1000:8.1f} ms, {theirs / whole:.0f} times faster")
    print(f"cubescope get, one of the keys:     {single * 1000:8.1f} ms")
    if given.index:
        alone = index_alone()
        print(f"the index alone:                    {alone * 1000:8.1f} ms, {theirs / alone:.0f} times faster")


if __name__ == "__main__":
    main()
