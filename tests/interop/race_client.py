#!/usr/bin/env python3
"""A loop of the program's `set`, `rm` and `restore` on one file that others write too, with a journal of what it acknowledged.

usage: race_client.py BINARY FILE JOURNAL [--seconds S] [--name cs0] [--seed N] [--no-restore]

One JSON object a line, written before and after each call:
  {"ev":"start","client":C,"t":T,"commit":N,"records":N,"dead":N}    the file as it was first seen, under the lock
  {"ev":"begin","id":"cs0-17","t":T,"op":"set"|"del","key":K}  and  {"ev":"ack","id":"cs0-17","t":T,"ok":true}
  {"ev":"bad","t":T,"what":...}                                      what went wrong that the client saw itself
Keys are own/NAME/N (nobody else writes them) and shared/N. What `set` stores holds race:ID: once. T: ns since 1970.

Restoring cannot be said with set and del. It is done on keys back/NAME/N, which hold back:ID: and are journalled as
"own-begin" and "own-ack"; each cycle leaves the file as a reader of the plain journal expects, but for the commit number.
The last line is therefore a start with the smallest time whose commit number counts those cycles in.
"""
import argparse
import fcntl
import json
import os
import random
import subprocess
import sys
import tempfile
import time

from container import Container

PATIENCE = 60
NOTHING_THERE = ("no key", "no such key", "not found", "no entry", "there is no", "no live")


def locked_look(path):
    """(commit, records, dead) under the lock."""
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = Container(file.read())
    return whole.commit, len(whole.records), sum(not record.live for record in whole.records)


class Client:
    def __init__(self, given):
        self.binary, self.path, self.name = given.binary, given.file, given.name
        self.random = random.Random(given.seed)
        self.journal = open(given.journal, "w")
        self.count = self.extra = self.errors = 0
        self.mine, self.back = {}, {}
        self.start = locked_look(self.path)
        self.log(ev="start", client=self.name, commit=self.start[0], records=self.start[1], dead=self.start[2])
        self.npy = tempfile.NamedTemporaryFile(suffix=".npy")

    def log(self, t=None, **event):
        self.journal.write(json.dumps({**event, "t": time.time_ns() if t is None else t}) + "\n")
        self.journal.flush()

    def next_id(self):
        self.count += 1
        return f"{self.name}-{self.count}"

    def call(self, *args):
        """Runs the program: None where it succeeded, else what it said."""
        try:
            done = subprocess.run([self.binary, *args], capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return "hangs"
        if done.returncode == 0:
            return None
        return f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[:300]}"

    def bad(self, what):
        self.errors += 1
        self.log(ev="bad", what=what)

    def value(self, text):
        """Arguments of `set` for a value that holds the text: a text, a dict, an array of bytes."""
        kind = self.random.random()
        if kind < 0.4:
            return [repr(text)]
        if kind < 0.7:
            return [repr({"t": text, "l": ["again", "again", [1, 2.5]]})]
        raw = text.encode()
        header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(raw)},), }}".ljust(117) + "\n"
        self.npy.seek(0)
        self.npy.truncate()
        self.npy.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + raw)
        self.npy.flush()
        return ["--from-npy", self.npy.name]

    def key(self):
        return f"shared/{self.random.randrange(6)}" if self.random.random() < 0.4 else f"own/{self.name}/{self.random.randrange(8)}"

    def put(self):
        oid, key = self.next_id(), self.key()
        args = self.value(f"race:{oid}:" + "x" * self.random.randrange(200))
        self.log(ev="begin", id=oid, op="set", key=key)
        error = self.call("set", self.path, key, *args)
        self.log(ev="ack", id=oid, ok=error is None, **({"error": error} if error else {}))
        if error:
            self.bad(f"{oid}: set {key}: {error}")
        elif key.startswith("own/"):
            self.mine[key] = oid

    def delete(self):
        oid, key = self.next_id(), self.key()
        self.log(ev="begin", id=oid, op="del", key=key)
        error = self.call("rm", self.path, key)
        absent = error and any(word in error.lower() for word in NOTHING_THERE)
        self.log(ev="ack", id=oid, ok=error is None, **({"error": "KeyError" if absent else error} if error else {}))
        if error and not absent:
            self.bad(f"{oid}: rm {key}: {error}")
        if not key.startswith("own/"):
            return
        was = self.mine.pop(key, None)
        if absent and was:
            self.bad(f"{oid}: {key} (set by {was}) is not there")
        elif not error and not was:
            self.bad(f"{oid}: deleted {key}, which should not have been there")

    def cycle(self):
        """On a key of its own: set, then delete and restore, or set again and restore the first version."""
        oid, key = self.next_id(), f"back/{self.name}/{self.random.randrange(4)}"
        first, second = f"back:{oid}-a:", f"back:{oid}-b:"
        steps = [("set", key, repr(first))]
        again = self.random.random() < 0.5
        steps += [("set", key, repr(second)), ("restore", key)] if again else [("rm", key), ("restore", key)]
        had = key in self.back
        self.log(ev="own-begin", id=oid, key=key, steps=[step[0] for step in steps])
        for step in steps:
            error = self.call(step[0], self.path, *step[1:])
            if error:
                self.bad(f"{oid}: {step}: {error}")
                self.log(ev="own-ack", id=oid, ok=False, error=error)
                return
        # set: one record more, one dead more if there was one; the pairs after it: see the numbers.
        self.extra += 2
        self.back[key] = first
        self.log(ev="own-ack", id=oid, ok=True, key=key, holds=first, replaced=had, again=again)

    def look(self):
        """Own keys hold what was acknowledged."""
        for key, oid in list(self.mine.items())[:2]:
            done = subprocess.run([self.binary, "ls", self.path, "--json"], capture_output=True, timeout=PATIENCE)
            if done.returncode == 0 and key not in [e["key"] for e in json.loads(done.stdout)["entries"]]:
                self.bad(f"own key {key} (set by {oid}) is gone")

    def run(self, seconds, restore):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.errors < 50:
            x = self.random.random()
            if x < 0.5:
                self.put()
            elif x < 0.7:
                self.delete()
            elif x < 0.9 and restore:
                self.cycle()
            else:
                self.look()
        commit, records, dead = self.start
        self.log(t=1, ev="start", client=self.name + "-counted", commit=commit + self.extra, records=records, dead=dead)
        self.log(ev="end", ops=self.count, errors=self.errors)
        self.journal.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("file")
    parser.add_argument("journal")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--name", default="cs0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-restore", action="store_true")
    given = parser.parse_args()
    given.binary = os.path.abspath(given.binary)
    client = Client(given)
    client.run(given.seconds, not given.no_restore)
    sys.exit(1 if client.errors else 0)


if __name__ == "__main__":
    main()
