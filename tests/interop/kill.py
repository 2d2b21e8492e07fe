#!/usr/bin/env python3
"""kill -9 of the program at random moments of a loop of edits: nothing acknowledged is lost, nothing else is touched.

usage: kill.py BINARY REFERENCE_PYTHON [--kills 200] [--seed N] [--keep DIR]

Each round starts an edit (set of a value or an array, new or over another; delete; rename; duplicate; restore; vacuum) and
kills it at a moment spread over the whole time that such an edit takes. Afterwards the file must hold the old or the new
state, all other keys byte for byte; the program lists it, plain pickle loads it, the next edit works, and then the
reference opens and edits it. Only edits that exited with 0 count as acknowledged, and only those that did not exit count as kills.
"""
import argparse
import itertools
import json
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time

from container import TERMINATOR, Container, opcodes
from describe import digest
from kit import Worker

CHUNK = 1 << 20


class Run:
    def __init__(self, given, folder):
        self.binary = os.path.abspath(given.binary)
        self.reference, self.worker = given.reference, Worker(given.reference, "reference")
        self.random = random.Random(given.seed)
        self.folder, self.path = folder, os.path.join(folder, "killed.mmdpickle")
        self.failures, self.kills, self.line = 0, 0, ""
        self.state, self.dead, self.unfinished = {}, {}, False
        self.times, self.tally = {}, {}
        self.number = 0
        self.npy = {size: self._npy(size) for size in (1000, 3 * CHUNK, 16 * CHUNK)}

    def _npy(self, size):
        path = os.path.join(self.folder, f"{size}.npy")
        header = f"{{'descr': '<u2', 'fortran_order': False, 'shape': ({size // 20}, 10), }}".ljust(117) + "\n"
        with open(path, "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
            file.write((bytes(range(251)) * (size // 251 + 1))[:size // 20 * 20])
        return path

    def fail(self, what):
        self.failures += 1
        print(f"FAIL {what}\n     after: {self.line}", flush=True)

    def start(self):
        make = "import sys, numpy as np, mmappickle as m; d = m.mmapdict(sys.argv[1]); d['description'] = 'x'; d['array'] = np.arange(20000); d['p'] = {'a': [1, 2]}"
        subprocess.run([self.reference, "-W", "ignore", "-c", make, self.path], check=True)
        shutil.copyfile(self.path, os.path.join(self.folder, "small.mmdpickle"))
        self.state = self.look()

    def look(self):
        """Key to digest of the value's bytes, as the bytes say; None where the structure is broken."""
        whole = Container.read(self.path, interrupted=True)
        if whole.end is None:
            self.fail(f"structure: {whole.problem}")
            return None
        self.unfinished = whole.problem is not None or whole.data[whole.end:] != TERMINATOR
        self.dead = {}
        for record in whole.records:
            if not record.live:
                self.dead.setdefault(record.name, set()).add(digest(whole.value(record)))
        return {name: digest(whole.value(record)) for name, record in whole.live().items()}

    def choose(self):
        """An edit: its name, its arguments, and what it may leave: a function from the old state to the new."""
        keys = sorted(self.state)
        key, self.number = self.random.choice(keys), self.number + 1
        gone = sorted(k for k in self.dead if k not in self.state)
        text = f"edit {self.number} " + "x" * self.random.choice([5, 300, 20000])
        kinds = ["new", "replace", "array", "array over", "large", "delete", "rename", "rename longer", "duplicate", "restore", "undo", "vacuum", "punch"]
        weights = [3, 4, 3, 4, 3, 2 if len(keys) > 6 else 0, 2, 2, 2 if len(keys) < 20 else 0, 3 if gone else 0, 2, 1, 1]
        kind = self.random.choices(kinds, weights)[0]
        new = f"key {self.number}" if len(keys) < 24 else key
        other = same_length(key, self.number, keys)
        size = {"array": 1000, "array over": 3 * CHUNK, "large": 16 * CHUNK}.get(kind)
        if size:
            return kind, ["set", self.path, key if kind != "array" else new, "--from-npy", self.npy[size]], [key if kind != "array" else new]
        return kind, *{
            "new": (["set", self.path, new, repr(text)], [new]),
            "replace": (["set", self.path, key, repr({"t": text})], [key]),
            "delete": (["rm", self.path, key], [key]),
            "rename": (["mv", self.path, key, other], [key, other]),
            "rename longer": (["mv", self.path, key, f"{key[:20]} to {self.number}"], [key, f"{key[:20]} to {self.number}"]),
            "duplicate": (["cp", self.path, key, f"copy {self.number}"], [f"copy {self.number}"]),
            "restore": (["restore", self.path, gone[-1] if gone else ""], [gone[-1] if gone else ""]),
            "undo": (["restore", self.path, key], [key]),
            "vacuum": (["vacuum", self.path], []),
            "punch": (["vacuum", self.path, "--punch"], []),
        }[kind]

    def edit(self, deadly):
        """One edit; returns whether it was acknowledged."""
        kind, args, touched = self.choose()
        self.line = f"round {self.number}: " + " ".join(a if len(a) < 60 else a[:60] + "…" for a in args)
        usual = self.times.get(kind, 0.03)
        moment = self.random.uniform(0, usual * 1.15)
        started = time.monotonic()
        process = subprocess.Popen([self.binary, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if deadly:
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        if process.returncode == 0 and not deadly:
            self.times[kind] = max(0.5 * usual, time.monotonic() - started)
        if process.returncode not in (0, -signal.SIGKILL):
            refused = kind in ("undo", "restore") and process.returncode in (1, 2)
            if not refused or b"panicked" in said:
                self.fail(f"exit {process.returncode}: {said.decode(errors='replace')[-300:]}")
        self.kills += process.returncode == -signal.SIGKILL
        self.judge(kind, args, touched, process.returncode)
        return process.returncode == 0

    def judge(self, kind, args, touched, status):
        """Compares the file with what it may hold now, and takes that over."""
        old, dead, new = self.state, self.dead, self.look()
        if new is None:
            return
        others = [k for k in set(old) | set(new) if k not in touched and old.get(k) != new.get(k)]
        if others:
            self.fail(f"keys that the edit does not name changed: {others}")
        whole = self.outcome(kind, args, touched, old, new, dead)
        if status == 0 and whole != "new":
            self.fail(f"acknowledged, but the file holds the {whole} state")
        if whole == "neither":
            self.fail(f"neither the old nor the new state: {[(k, k in old, k in new) for k in touched]}")
        name = {0: "acknowledged", -9: "killed"}.get(status, "refused")
        whole += ", unfinished" if self.unfinished else ""
        self.tally[(name, whole)] = self.tally.get((name, whole), 0) + 1
        self.state = new

    def outcome(self, kind, args, touched, old, new, dead):
        """Which state the touched keys are in."""
        was, now = [old.get(k) for k in touched], [new.get(k) for k in touched]
        if kind in ("vacuum", "punch"):
            return "new"
        if kind in ("rename", "rename longer"):
            if now == [None, was[0]]:
                return "new"
            return "old" if now == was else "both keys" if now == [was[0], was[0]] else "neither"
        if kind == "delete":
            return "new" if now == [None] else "old" if now == was else "neither"
        if kind in ("restore", "undo"):
            # First: where the same array was put twice, the version that comes back has the bytes of the live one.
            if now[0] in dead.get(touched[0], ()):
                return "new"
            return "old" if now == was else "neither"
        if kind == "duplicate":
            return "new" if now[0] == old[args[2]] else "old" if now == was else "neither"
        if now == was and was != [None]:
            return "new" if self.same_again(args, now[0]) else "old"
        if now == [None]:
            return "old"
        return "new" if self.same_again(args, now[0]) else "neither"

    def same_again(self, args, value):
        """Whether the stored bytes are those that the same set leaves, undisturbed, in another file."""
        other, key = os.path.join(self.folder, "again.mmdpickle"), args[2]
        shutil.copyfile(os.path.join(self.folder, "small.mmdpickle"), other)
        done = subprocess.run([self.binary, args[0], other, *args[2:]], capture_output=True)
        if done.returncode:
            self.fail(f"the same edit of another file exits {done.returncode}: {done.stderr[-200:]!r}")
            return False
        whole = Container.read(other)
        return strip_memo(whole.value(whole.live()[key])) == strip_memo(self.bytes_of(key))

    def bytes_of(self, key):
        whole = Container.read(self.path, interrupted=True)
        return whole.value(whole.live()[key])

    def aftermath(self):
        """After a kill: the program lists the file and plain pickle loads it; a tail may remain until the next edit."""
        listed = subprocess.run([self.binary, "ls", self.path, "--json"], capture_output=True)
        if listed.returncode or sorted(e["key"] for e in json.loads(listed.stdout)["entries"]) != sorted(self.state):
            self.fail(f"ls after the kill: exit {listed.returncode} {listed.stderr[-200:]!r}")
        loaded, error = self.worker.ask("keys", path=self.path)
        if error or sorted(loaded) != sorted(self.state):
            self.fail(f"pickle.load after the kill: {error or loaded}")

    def recovered(self):
        """After the next edit: a sound structure, and the reference opens and edits a copy."""
        if Container.read(self.path).problem:
            self.fail(f"structure after the next edit: {Container.read(self.path).problem}")
        copy = os.path.join(self.folder, "edited.mmdpickle")
        shutil.copyfile(self.path, copy)
        found, error = self.worker.ask("touch", path=copy)
        if error or sorted(found) != sorted(self.state):
            self.fail(f"the reference after the next edit: {error or found}")

    def rounds(self, count):
        for _ in range(30):  # how long each takes, and something to lose
            self.edit(deadly=False)
        while self.kills < count:
            self.edit(deadly=True)
            self.aftermath()
            tries = 0
            while not self.edit(deadly=False) and tries < 5:
                tries += 1
            self.recovered()
            if os.path.getsize(self.path) > 120 * CHUNK:
                subprocess.run([self.binary, "vacuum", self.path], capture_output=True)
                self.state = self.look()
            if self.failures > 20:
                print("too many failures; stopped")
                break
        left = [n for n in os.listdir(self.folder) if n not in [f"{name}.mmdpickle" for name in ("killed", "again", "edited", "small")] and not n.endswith(".npy")]
        print(f"{self.kills} kills. {'; '.join(f'{status}, {state}: {n}' for (status, state), n in sorted(self.tally.items()))}")
        print(f"files left behind by killed edits: {len(left)} {left[:3]}")


def same_length(key, number, taken):
    """Another key of as many bytes, that is not taken."""
    length = len(key.encode())
    numbers = (f"{n:0{length}d}"[-length:] for n in range(number, number + 10))
    letters = (letter * length for letter in string.ascii_lowercase)
    return next(name for name in itertools.chain(numbers, letters) if name not in taken)


def strip_memo(value):
    """A value without the numbers of its memo entries, which depend on the rest of the file."""
    if len(value) > 1 << 20:
        return value[:70], len(value), digest(value[100:-200])
    return [(name, arg if "PUT" not in name and "GET" not in name else None) for name, arg, _ in opcodes(value)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("reference")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", help="folder for the files, which stay there")
    given = parser.parse_args()
    folder = given.keep or tempfile.mkdtemp(prefix="kill-")
    os.makedirs(folder, exist_ok=True)
    run = Run(given, folder)
    run.start()
    run.rounds(given.kills)
    if not given.keep and not run.failures:
        shutil.rmtree(folder)
    elif run.failures:
        print("the files are in", folder)
    print(f"{run.failures} failures")
    sys.exit(1 if run.failures else 0)


if __name__ == "__main__":
    main()
