#!/usr/bin/env python3
"""The real window on a virtual display: how long until the first picture, and how much memory two minutes of work take.

usage: window.py CUBESCOPE first FILE...        from the start of the process to its exit with a screenshot of the whole window
       window.py CUBESCOPE memory FILE [SECONDS]  zooming, scrubbing, statistics for two minutes; anonymous memory all the while

Needs Xvfb, and xdotool for `memory`. The files are read once before, as far as a picture needs them. Linux only.
"""
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
SIZE = (1280, 800)


class Display:
    def __enter__(self):
        screen = f"{SIZE[0]}x{SIZE[1]}x24"
        self.server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", screen, "-nolisten", "tcp"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.folder = tempfile.TemporaryDirectory()
        self.env = {**os.environ, "DISPLAY": ":" + self.server.stdout.readline().decode().strip(),
                    "HOME": self.folder.name, "XDG_CONFIG_HOME": self.folder.name}
        self.env.pop("WAYLAND_DISPLAY", None)
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.folder.cleanup()

    def do(self, *args):
        subprocess.run(["xdotool", *map(str, args)], env=self.env, check=True, stdout=subprocess.DEVNULL)


def first(binary, files):
    with Display() as display, tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "window.png")
        print(f"{'':44}{'least':>9}{'median':>9}{'most':>9}")
        for path in [None, *files]:
            times = []
            command = [binary, *([path] if path else []), "--screenshot", out, "--size", f"{SIZE[0]}x{SIZE[1]}"]
            for _ in range(ROUNDS + 1):
                start = time.perf_counter()
                subprocess.run(command, env=display.env, check=True)
                times.append((time.perf_counter() - start) * 1e3)
            # The first run has the file read.
            times = sorted(times[1:])
            name = f"{os.path.basename(path)}, {os.path.getsize(path) / 1e9:.3f} GB" if path else "no file"
            print(f"{name:44}{times[0]:6.0f} ms{statistics.median(times):6.0f} ms{times[-1]:6.0f} ms")


def memory_of(process):
    """Kilobytes: anonymous, and all that is resident."""
    found = {}
    with open(f"/proc/{process}/status") as status:
        for line in status:
            name, _, value = line.partition(":")
            if name in ("RssAnon", "VmRSS"):
                found[name] = int(value.split()[0])
    return found["RssAnon"], found["VmRSS"]


def work(display, step):
    """One of the things that people do; the same ones in each run."""
    x, y = 500 + 37 * step % 600, 180 + 29 * step % 180
    display.do("mousemove", x, y)
    kind = step % 8
    if kind in (0, 1):
        display.do("click", "--repeat", 4, "--delay", 30, 4 if kind == 0 else 5)
    elif kind in (2, 3, 4):
        # Bands: one on, ten on, ten back.
        display.do("key", "--repeat", 12, "--delay", 25, ["period", "shift+Right", "shift+Left"][kind - 2])
    elif kind == 5:
        display.do("mousedown", 1, "mousemove_relative", "--", 40, 25, "mouseup", 1)
    elif kind == 6:
        for _ in range(12):
            x += random.choice((-7, 7))
            display.do("mousemove", x, y)
    else:
        display.do("key", "s")


def memory(binary, path, seconds):
    random.seed(1)
    with Display() as display:
        process = subprocess.Popen([binary, path], env=display.env, stderr=subprocess.DEVNULL)
        # Without a window manager nobody gives the keyboard to it.
        display.do("search", "--sync", "--onlyvisible", "--name", "cubescope", "windowfocus")
        time.sleep(1)
        peak, peak_all, end, step = 0, 0, time.monotonic() + seconds, 0
        while time.monotonic() < end:
            assert process.poll() is None, "the program ended"
            work(display, step)
            step += 1
            anonymous, resident = memory_of(process.pid)
            peak, peak_all = max(peak, anonymous), max(peak_all, resident)
        process.terminate()
        process.wait()
    print(f"{os.path.basename(path)}: {step} steps in {seconds} s; "
          f"at most {peak / 1e3:.0f} MB anonymous, {peak_all / 1e3:.0f} MB resident with pages of the file")


def main():
    match sys.argv[1:]:
        case [binary, "first", *files]:
            first(binary, files)
        case [binary, "memory", path]:
            memory(binary, path, 120)
        case [binary, "memory", path, seconds]:
            memory(binary, path, int(seconds))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
