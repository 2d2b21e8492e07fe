#!/usr/bin/env python3
"""A monkey at the real window: random keys and clicks with editing on, while the reference appends to the same file.

usage: monkey.py BINARY REFERENCE_PYTHON [--minutes 1] [--seed N] [--keep DIR]

The window runs on a display of its own (Xvfb) and is driven by xdotool: values, cells, masks, keys, versions, undo, and clicks
and keys that make no sense. A recorder adds a key about every second. After each few minutes everything in the undo list is
undone with Ctrl+Z (sometimes redone and undone again): then the original keys have their original values, and each recorded
key is there as it was recorded. At the end the file is sound for the reference, for plain pickle and for `check`; the program
has not ended, no thread of it has panicked, and it does not take more and more memory.

What the monkey did is written to `monkey.log` in the folder of the run; the same seed gives the same sequence.
"""
import argparse
import json
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import threading
import time

from container import Container
from kit import Worker

SIZE = (1280, 800)
# Where things are, about: left, top, right, bottom.
KEYS, FIELDS, APPLY, TABLE = (20, 150, 180, 640), (830, 190, 1240, 300), (425, 748, 465, 758), (480, 130, 780, 300)
PICTURE, TOOLS, RIGHT, PLOT, ANYWHERE = (480, 180, 990, 460), (410, 65, 990, 140), (950, 105, 1265, 740), (420, 570, 1240, 760), (20, 105, 1265, 780)
# Keys of the program's commands that only look.
LOOKS = ["t", "m", "s", "o", "0", "1", "comma", "period", "Left", "Right", "Up", "Down", "Page_Down", "Home", "End", "shift+Right"]
MAKE = """
import sys, numpy as np, mmappickle as m
d = m.mmapdict(sys.argv[1]); r = np.random.RandomState(7)
d['description'] = 'a copy for the monkey'
d['small'] = np.arange(12.).reshape(3, 4)
d['ints'] = np.arange(-50, 50, dtype='i2')
d['masked'] = np.ma.masked_array(r.rand(20, 30), mask=r.rand(20, 30) > 0.7)
d['cube'] = np.ma.masked_array((r.rand(24, 20, 16) * 4000).astype('u2'), mask=np.zeros((24, 20, 16), bool))
d['wavelengths'] = np.linspace(400, 900, 16)
d['settings'] = {'operator': 'Ana', 'gain': 2.5, 'sites': ['Neuchatel', 'Bern'], 'on': True, 'n': 3, 'who': None}
d['list'] = [1, 2.5, 'three', (4, 5)]
d['number'] = 42
for n in range(6): d['line-%05d' % n] = r.rand(8).astype('f4')
"""
COMPARE = """
import sys, json, pickle, numpy as np, warnings, mmappickle as m
warnings.simplefilter('ignore')
def same(a, b):
    if isinstance(a, np.ma.MaskedArray) or isinstance(b, np.ma.MaskedArray):
        return type(a) is type(b) and same(np.asarray(a.data), np.asarray(b.data)) and bool((np.ma.getmaskarray(a) == np.ma.getmaskarray(b)).all())
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and (a.dtype, a.shape) == (b.dtype, b.shape) and a.tobytes() == b.tobytes()
    return type(a) is type(b) and pickle.dumps(a) == pickle.dumps(b) and a == b
old, now, recorded = m.mmapdict(sys.argv[1], True), m.mmapdict(sys.argv[2], True), json.loads(sys.argv[3])
keys = set(now.keys())
found = {'lost': sorted(set(old.keys()) - keys), 'added': sorted(keys - set(old.keys()) - set(recorded)),
         'changed': [k for k in old.keys() if k in keys and not same(old[k], now[k])]}
def as_recorded(k, n):
    v = now[k]
    return isinstance(v, np.ndarray) and v.dtype == 'f8' and bool((v == n).all()) if n % 3 else v == {'n': n}
found['recorded'] = [k for k, n in recorded.items() if k not in keys or not as_recorded(k, n)]
with open(sys.argv[2], 'rb') as file: loaded = pickle.load(file)
found['pickle'] = sorted(set(loaded) ^ keys)
print(json.dumps({k: v for k, v in found.items() if v}))
"""
RECORD = """
import sys, json, numpy as np, mmappickle as m
d = m.mmapdict(sys.argv[1])
for line in sys.stdin:
    n = int(line); d['rec-%05d' % n] = np.full(1000, float(n)) if n % 3 else {'n': n}
    print(n, flush=True)
"""


class Text(str):
    """What is typed, among the names of keys."""


class Recorder(threading.Thread):
    """Adds a key about every second, until told to stop; paused between two."""

    def __init__(self, python, path):
        super().__init__(daemon=True)
        self.process = subprocess.Popen([python, "-W", "ignore", "-c", RECORD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.recorded, self.lock, self.is_over, self.slowest = {}, threading.Lock(), False, 0.0

    def run(self):
        number = 0
        while not self.is_over:
            with self.lock:
                begin = time.monotonic()
                self.process.stdin.write(f"{number}\n")
                self.process.stdin.flush()
                if not self.process.stdout.readline():
                    return
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.recorded[f"rec-{number:05d}"] = number
            number += 1
            time.sleep(1)

    def ends(self):
        self.is_over = True
        self.join(30)
        alive = self.process.poll() is None
        self.process.stdin.close()
        self.process.wait(30)
        return alive


class Monkey:
    def __init__(self, given, folder):
        self.binary, self.reference = os.path.abspath(given.binary), given.reference
        self.random, self.folder = random.Random(given.seed), folder
        self.path, self.original = os.path.join(folder, "copy.mmdpickle"), os.path.join(folder, "original.mmdpickle")
        self.failures, self.deeds, self.steps, self.undone = [], 0, 0, 0
        self.log = open(os.path.join(folder, "monkey.log"), "w")
        self.server = subprocess.Popen(["Xvfb", "-displayfd", "1", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        display = ":" + self.server.stdout.readline().strip()
        self.environment = {**os.environ, "DISPLAY": display, "HOME": folder, "XDG_CONFIG_HOME": os.path.join(folder, "config")}
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.window = None

    # --- the program ------------------------------------------------------------------------------

    def start(self):
        subprocess.run([self.reference, "-W", "ignore", "-c", MAKE, self.original], check=True)
        shutil.copyfile(self.original, self.path)
        self.stderr = open(os.path.join(self.folder, "stderr"), "wb")
        self.open()

    def open(self):
        self.program = subprocess.Popen([self.binary, "--size", f"{SIZE[0]}x{SIZE[1]}", self.path], env=self.environment, stderr=self.stderr)
        for _ in range(600):
            found = self.tool("search", "--onlyvisible", "--name", "cubescope").split()
            if found:
                self.window = found[-1]
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the window does not come")
        time.sleep(1)
        self.tool("windowmove", self.window, "0", "0", "windowfocus", self.window)
        self.edit_on()

    def tool(self, *args):
        done = subprocess.run(["xdotool", *args], env=self.environment, capture_output=True, text=True)
        return done.stdout

    def do(self, *args):
        """Keys and clicks, as xdotool takes them; what is typed is a call of its own."""
        self.deeds += 1
        self.log.write(" ".join(args) + "\n")
        self.log.flush()
        calls = [[]]
        for arg in args:
            if isinstance(arg, Text):
                calls += [["type", "--delay", "8", "--", arg], []]
            else:
                calls[-1].append(arg)
        for call in calls:
            if call:
                self.tool(*call)

    def journal(self):
        """The undo list that is kept for the file: how many steps are made, and all steps; (0, []) without one."""
        folder = os.path.join(self.folder, "config", "cubescope", "changes")
        newest = (0, (0, [], None))
        for _ in range(50):
            names = [name for name in (os.listdir(folder) if os.path.isdir(folder) else []) if not name.startswith(".")]
            for name in names:
                try:
                    file = os.path.join(folder, name)
                    with open(file) as text:
                        stored = json.load(text)
                    newest = max(newest, (os.stat(file).st_mtime_ns, (stored["at"], stored["steps"], stored.get("cleared"))), key=lambda pair: pair[0])
                except (OSError, ValueError):
                    continue  # replaced by one of another name meanwhile
            if newest[0] or not names:
                break
        return newest[1]

    def fail(self, what):
        self.failures.append(what)
        print(f"FAIL after {self.deeds} deeds: {what}", flush=True)

    def is_alive(self):
        if self.program.poll() is None:
            return True
        self.fail(f"the program ended with {self.program.returncode}")
        self.stderr.flush()
        self.open()
        return False

    # --- what a monkey does -----------------------------------------------------------------------

    def within(self, region):
        left, top, right, bottom = region
        return [str(self.random.randint(left, right)), str(self.random.randint(top, bottom))]

    def click(self, region, button="1", times="1"):
        return ["mousemove", *self.within(region), "click", "--repeat", times, "--delay", "60", button]

    def text(self):
        numbers = [str(self.random.randint(-200, 70000)), f"{self.random.uniform(-5, 5):.3f}", "nan", "1e300", "--", "0"]
        words = ["'" + "".join(self.random.choices(string.ascii_letters + " ", k=self.random.randint(0, 12))) + "'", "True", "None",
                 "[1, 2, 3]", "{'a': 1}", "(", "2024-05-01T10:00", "abc"]
        return self.random.choice(numbers * 2 + words)

    def number(self):
        return self.random.choice([str(self.random.randint(-100, 4000)), str(self.random.randint(0, 9)), f"{self.random.uniform(-5, 5):.3f}"])

    def typed(self, text):
        return [Text(text)]

    def name(self):
        return self.random.choice(["new", "small", "a key", "line-00009", "x"]) + str(self.random.randint(0, 30))

    def a_key(self):
        return self.random.choice([self.click(KEYS), ["key", "Escape", *["Down"] * self.random.randint(1, 5)], ["key", "Escape", *["Up"] * self.random.randint(1, 5)]])

    def value(self):
        row = str(self.random.choice([186, 373, 396, 420, 443]))
        where = ["mousemove", "100", row, "click", "1", *self.click((420, 155, 790, 265)), *self.click(FIELDS, times=self.random.choice(["1", "1", "2"]))]
        text = self.typed(self.text())
        ends = [["key", "ctrl+Return"], ["key", "ctrl+s"], ["key", "Tab"], self.click(APPLY), self.click(APPLY)]
        return [*where, "key", "ctrl+a", *text, *self.random.choice(ends), *self.click(APPLY)]

    def cells(self):
        row = str(self.random.choice([210, 235, 280, 467, 490]))
        deed = ["mousemove", "100", row, "click", "1", "key", "Escape", "key", "t", "sleep", "0.15", *self.click(TABLE)]
        for _ in range(self.random.randint(1, 4)):
            deed += self.random.choice([[*self.typed(self.number()), "key", "Return"], [*self.typed(self.number()), "key", "Return"], [*self.typed(self.text()), "key", "Return"], ["key", "shift+Down", "shift+Right"],
                                        ["key", "ctrl+c", "Down", "ctrl+v"], ["key", "Delete"], ["key", self.random.choice(["Up", "Down", "Left", "Right", "Tab"])]])
        return deed + ["key", "Escape"] + (["key", "t"] if self.random.random() < 0.6 else [])

    def drag(self, region):
        start, end = self.within(region), self.within(region)
        return ["mousemove", *start, "mousedown", "1", "mousemove", *end, "mousemove", *self.within(region), "mouseup", "1"]

    def mask(self):
        return ["mousemove", "100", str(self.random.choice([162, 396, 467])), "click", "1", "key", "Escape", "key", "m", *self.click(TOOLS), *self.drag(PICTURE),
                *self.random.choice([[], self.click(PICTURE), self.click(TOOLS)])]

    def keys(self):
        name, text = self.typed(self.name()), self.typed(self.text())
        return ["key", "Escape", *self.random.choice([
            ["key", "ctrl+n", "sleep", "0.4", *name, "key", "Tab", "Tab", "Tab", "Tab", *text, "key", "ctrl+Return", "key", "Return"],
            ["key", "F2", "sleep", "0.4", "key", "ctrl+a", *name, "key", "Return"],
            ["key", "ctrl+d", "sleep", "0.4", "key", "Return"], ["key", "Delete"], ["key", "ctrl+c", "ctrl+v"]])]

    def history(self):
        return ["key", "Escape", *self.random.choice([["key", "ctrl+h"], self.click(RIGHT), self.click((1180, 110, 1262, 500)), self.click((960, 85, 1110, 95))])]

    def undo(self):
        return ["key", "Escape", "key", *self.random.choices(["ctrl+z", "ctrl+shift+z", "ctrl+y"], weights=[5, 2, 1], k=self.random.randint(1, 4))]

    def look(self):
        return self.random.choice([["key", "Escape", self.random.choice(LOOKS)], self.click(PLOT, times="2"), self.drag(PLOT), self.drag(PICTURE),
                                   self.click(PICTURE, button=self.random.choice("345")), self.click(PICTURE)])

    def noise(self):
        keys = ["Tab", "Return", "Escape", "space", "BackSpace", "F1", "ctrl+a", "ctrl+f", "shift+Tab", "Delete", "question"]
        return self.random.choice([["key", *self.random.choices(keys, k=3)], self.click(ANYWHERE), self.drag(ANYWHERE)])

    def deed(self):
        kinds = [self.a_key, self.value, self.cells, self.mask, self.keys, self.history, self.undo, self.look, self.noise]
        self.do(*self.random.choices(kinds, weights=[5, 5, 5, 4, 4, 3, 2, 3, 2])[0]())

    # --- what must be so --------------------------------------------------------------------------

    def calm(self):
        """Nothing is open over the window, and no text field has the focus."""
        for _ in range(4):
            self.do("key", "Escape", "mousemove", "100", "790", "click", "1")
        time.sleep(0.3)

    def edit_on(self):
        """Switches editing on: whether it is, is seen by a change that is made (and undone)."""
        for _ in range(4):
            self.calm()
            before = self.journal()[:2]
            self.do("mousemove", "100", "150", "click", "1", "key", "Escape", "key", "ctrl+d", "sleep", "1.5", "key", "Return")
            if self.waits(lambda: self.journal()[:2] != before, 10):
                self.do("key", "Escape", "key", "ctrl+z")
                return
            self.calm()
            self.do("key", "ctrl+e")
            time.sleep(2)
        self.fail("editing cannot be switched on")

    def waits(self, holds, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(0.05)
        return holds()

    def goes(self, key, is_there):
        """Presses a key until the undo list is there; whether it gets there."""
        tries, presses = 0, 0
        while not is_there(self.journal()) and tries < 8 and presses < 2500:
            presses += 1
            before = self.journal()[0]
            self.do("key", "Escape", "key", key)
            if self.waits(lambda: self.journal()[0] != before, 2):
                tries, self.undone = 0, self.undone + 1
                continue
            tries += 1
            self.calm()
            if tries == 4:
                self.edit_on()
        return is_there(self.journal())

    def undo_all(self, recorder):
        self.calm()
        self.edit_on()
        time.sleep(0.5)
        at, steps, cleared = self.journal()
        self.steps += len(steps)
        ways = [("ctrl+z", lambda journal: journal[0] == 0)]
        if self.random.random() < 0.5:
            ways += [("ctrl+y", lambda journal: journal[0] == len(journal[1])), ways[0]]
        for key, is_there in ways:
            if not self.goes(key, is_there):
                at, steps, _ = self.journal()
                self.fail(f"{key} does not go on at step {at} of {len(steps)}: {[step['label'] for step in steps[max(at - 1, 0):at + 1]]}")
                self.picture("stuck")
                return
        if cleared:
            print("the list was cleared by compacting: the original keys are not compared")
            return
        with recorder.lock:
            self.compare(recorder.recorded)

    def compare(self, recorded):
        done = subprocess.run([self.reference, "-c", COMPARE, self.original, self.path, json.dumps(recorded)], capture_output=True, text=True)
        if done.returncode or json.loads(done.stdout or "{}"):
            self.fail(f"after all was undone: {done.stdout.strip()} {done.stderr.strip()[-400:]}")
            shutil.copyfile(self.path, os.path.join(self.folder, f"failed-{len(self.failures)}.mmdpickle"))

    def picture(self, name):
        if shutil.which("import"):
            subprocess.run(["import", "-window", "root", os.path.join(self.folder, f"{name}.png")], env=self.environment)

    def memory(self):
        """Private memory in MB: the file's own pages do not count."""
        try:
            with open(f"/proc/{self.program.pid}/status") as status:
                return next(int(line.split()[1]) / 1024 for line in status if line.startswith("RssAnon"))
        except (OSError, StopIteration):
            return 0.0

    def run(self, minutes):
        recorder = Recorder(self.reference, self.path)
        recorder.start()
        end = time.monotonic() + 60 * minutes
        memory = []
        while time.monotonic() < end:
            phase = min(time.monotonic() + 150, end)
            quiet, before = 0, self.journal()[:2]
            while time.monotonic() < phase and len(self.journal()[1]) < 400:
                self.deed()
                self.is_alive()
                quiet, before = (quiet + 1, before) if self.journal()[:2] == before else (0, self.journal()[:2])
                if quiet > 40:  # something switched editing off
                    self.edit_on()
                    quiet = 0
            self.undo_all(recorder)
            memory.append(self.memory())
            print(f"{self.deeds} deeds, {self.steps} changes, {self.undone} undone or redone, {len(recorder.recorded)} recorded, {memory[-1]:.0f} MB", flush=True)
        # The first round has filled caches; what is added since is a leak.
        if len(memory) > 2 and memory[-1] > memory[0] + 150:
            self.fail(f"memory grows: {[round(size) for size in memory]} MB")
        if not self.steps:
            self.fail("the monkey changed nothing")
        if not recorder.ends():
            self.fail("the recorder ended")
        print(f"the slowest of {len(recorder.recorded)} recorded keys took {recorder.slowest:.2f} s")
        self.finish()

    def finish(self):
        self.calm()
        self.program.terminate()
        self.program.wait(30)
        self.stderr.close()
        with open(os.path.join(self.folder, "stderr"), errors="replace") as said:
            panics = [line for line in said if "panicked" in line or "overflow" in line]
        if panics:
            self.fail(f"panics: {panics[:3]}")
        problem = Container.read(self.path).problem
        if problem:
            self.fail(f"structure: {problem}")
        done = subprocess.run([self.binary, "check", self.path], capture_output=True, text=True)
        if done.returncode not in (0, 1) or "error" in done.stdout.lower():
            self.fail(f"check: exit {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}")
        worker = Worker(self.reference, "reference")
        _, error = worker.ask("touch", path=self.path)
        if error:
            self.fail(f"the reference: {error}")
        worker.close()

    def close(self):
        for process in (self.program, self.server):
            if process.poll() is None:
                process.kill()
                process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("reference")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files, which stay there")
    given = parser.parse_args()
    folder = os.path.abspath(given.keep or tempfile.mkdtemp(prefix="monkey-"))
    os.makedirs(folder, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    monkey = Monkey(given, folder)
    try:
        monkey.start()
        monkey.run(given.minutes)
    finally:
        monkey.close()
    if not given.keep and not monkey.failures:
        shutil.rmtree(folder)
    elif monkey.failures:
        print("the files are in", folder)
    print(f"{len(monkey.failures)} failures")
    sys.exit(1 if monkey.failures else 0)


if __name__ == "__main__":
    main()
