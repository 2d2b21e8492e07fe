#!/usr/bin/env python3
"""Exact numbers of one large cube: cubescope against NumPy, on one file and in one run.

usage: against_numpy.py PYTHON_WITH_NUMPY [FILE]

tests/interop/make_venvs.sh makes such a Python (`newest`). Without FILE, benches/make_cube.py makes one of 1.5 GB: `cube`,
(rows, columns, bands) uint16. NumPy is timed before and after cubescope, each in a process of its own with the file in the
cache of the system; the better one of its two medians counts. cubescope's times are those of `cargo bench --bench pictures`
for the same file.
"""
import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NUMPY = """
import json, statistics, sys, time
import numpy
path, offset, shape = sys.argv[1], int(sys.argv[2]), tuple(map(int, sys.argv[3:6]))
cube = numpy.memmap(path, "<u2", "r", offset, shape)
int(cube[..., 0].sum())
band = shape[2] // 2
def timed(work, repeat):
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
def both(band):
    band = numpy.ascontiguousarray(band).ravel()
    return numpy.percentile(band, [2, 50, 98]), numpy.bincount(band, minlength=65536)
print(json.dumps({
    "percentiles of a band": timed(lambda: numpy.percentile(cube[..., band], [2, 50, 98]), 9),
    "histogram of a band": timed(lambda: numpy.bincount(numpy.ascontiguousarray(cube[..., band]).ravel(), minlength=65536), 9),
    "percentiles and histogram of a band": timed(lambda: both(cube[..., band]), 9),
    "mean picture": timed(lambda: cube.mean(axis=2), 3),
    "mean spectrum": timed(lambda: cube.mean(axis=(0, 1)), 3),
}))
"""
# Our histogram comes with all other statistics, in the same pass.
OURS = {"percentiles of a band": "percentiles of a band", "histogram of a band": "statistics of a band",
        "percentiles and histogram of a band": "statistics of a band",
        "mean picture": "mean picture", "mean spectrum": "mean spectrum"}


def numpy(python, where):
    out = subprocess.run([python, "-c", NUMPY, *where], capture_output=True, text=True, check=True).stdout
    return json.loads(out)


def ours(path):
    command = ["cargo", "bench", "--quiet", "--no-default-features", "--bench", "pictures", "--", "given file"]
    subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "CUBESCOPE_CUBE": path})
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(TOP, "target"))
    found = {}
    for name, part in OURS.items():
        folder = f"given file, {part}" + ("_ cubescope" if part.startswith("mean") else "")
        with open(os.path.join(target, "criterion", folder, "new", "estimates.json")) as file:
            found[name] = json.load(file)["median"]["point_estimate"] / 1e9
    return found


def place(path):
    """Offset and shape of the array of a file by make_cube.py."""
    with open(path, "rb") as file:
        head = file.read(1 << 20)
    name = b"fromstring\x93\x8e"
    at = head.index(name) + len(name)
    size = int.from_bytes(head[at:at + 8], "little")
    with open(path, "rb") as file:
        file.seek(at + 8 + size)
        rest = file.read(64)
    assert rest.startswith(b"\x8c\x06uint16\x86R"), "no uint16 cube by make_cube.py"
    shape, rest = [], rest[len(b"\x8c\x06uint16\x86R"):]
    widths = {b"K": 1, b"M": 2, b"J": 4}
    while rest[:1] in widths:
        width = widths[rest[:1]]
        shape.append(int.from_bytes(rest[1:1 + width], "little"))
        rest = rest[1 + width:]
    return [str(at + 8), *map(str, shape)]


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(dir=os.path.join(TOP, "target")) as folder:
        path = sys.argv[2] if len(sys.argv) == 3 else os.path.join(folder, "cube.mmdpickle")
        if len(sys.argv) == 2:
            subprocess.run([sys.executable, os.path.join(TOP, "benches", "make_cube.py"), path], check=True)
        path = os.path.abspath(path)
        where = [path, *place(path)]
        before, own, after = numpy(sys.argv[1], where), ours(path), numpy(sys.argv[1], where)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for name, seconds in own.items():
        theirs = min(before[name], after[name])
        print(f"{name:35} NumPy {theirs * 1e3:8.1f} ms, cubescope {seconds * 1e3:8.1f} ms, {theirs / seconds:.1f} times faster")


if __name__ == "__main__":
    main()
