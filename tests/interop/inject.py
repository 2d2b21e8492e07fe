#!/usr/bin/env python3
"""System calls that fail in the middle of each kind of change: what the program says of the file is so.

usage: inject.py BINARY [--errors EIO,ENOSPC,EDQUOT,EINTR] [--only KIND]

For each change, each of its system calls that writes, flushes, locks or renames fails once (by `strace`), and each write
is cut short once (by a shim that is compiled here). Afterwards the exit status and the message are held against the file:

* exit 0, or "The change is made": the file is as after the change;
* any other error: it is as before, key by key, and a new file is not there;
* "in part" and "is broken now" are believed only where the change has such states (punching holes, moving in place).

The file loads with plain pickle, the program lists the same keys, the next change works, and nothing is left beside it.
"""
import argparse
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile

from container import HEADER, TERMINATOR

CALLS = ["pwrite64", "fdatasync", "fsync", "ftruncate", "fallocate", "copy_file_range", "rename", "renameat", "renameat2", "link", "linkat", "flock", "fchmod", "fsetxattr"]
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
/* The call of the number in SHORT writes half of what it should, as a system may. */
static ssize_t part(const char *name, int file, const void *bytes, size_t length, off_t at) {
    static int calls;
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
    const char *wanted = getenv("SHORT");
    if (wanted && ++calls == atoi(wanted) && length > 1) length /= 2;
    return real(file, bytes, length, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) { return part("pwrite64", file, bytes, length, at); }
ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) { return part("pwrite", file, bytes, length, at); }
"""


class Inert(pickle.Unpickler):
    """Plain pickle, with arrays left as what they are made of: NumPy is not needed."""

    def find_class(self, module, name):
        if module.startswith("numpy"):
            return lambda *given: (name, given)
        return super().find_class(module, name)


def load(path):
    """What plain pickle makes of a file; an error is a state like any other."""
    try:
        with open(path, "rb") as file:
            return Inert(file).load()
    except FileNotFoundError:
        return "no file"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def record(key, value, is_live):
    key = key.encode()
    body = b"\x8c" + bytes([len(key)]) + key + value + b"J\0\0\0\0000" + (b"\x88" if is_live else b"0") + b"0"
    return b"\x95" + len(body).to_bytes(8, "little") + body


def text(value):
    return b"X" + len(value).to_bytes(4, "little") + value.encode()


def array(data, dtype="u1"):
    names = b"".join(b"\x8c" + bytes([len(n)]) + n for n in (b"numpy.core.fromnumeric", b"reshape"))
    more = b"".join(b"\x8c" + bytes([len(n)]) + n for n in (b"numpy.core.multiarray", b"fromstring"))
    shape = b"M" + len(data).to_bytes(2, "little") + b"\x85"
    return names + b"\x93" + more + b"\x93\x8e" + len(data).to_bytes(8, "little") + data + b"\x8c" + bytes([len(dtype)]) + dtype.encode() + b"\x86R" + shape + b"\x86R"


def sample():
    entries = [("first", b"K\x05", True), ("array", array(bytes(range(256)) * 80), True), ("other", text("x" * 600), True), ("dead", array(b"\7" * 20000), False), ("gone", b"K\x07", False), ("first", b"K\x06", False), ("last", text("y" * 300), True)]
    return HEADER + bytes(4) + b"0(" + b"".join(record(key, value, live) for key, value, live in entries) + TERMINATOR


def damaged():
    return sample()[:-4]


class Kind:
    def __init__(self, name, args, make=sample, new_file=False, partly=False, source="file.mmdpickle"):
        self.name, self.args, self.make, self.new_file, self.partly, self.source = name, args, make, new_file, partly, source


KINDS = [
    Kind("set", ["set", "FILE", "new", "'" + "z" * 700 + "'"]),
    Kind("set over", ["set", "FILE", "other", "[1, 2]"]),
    Kind("set array", ["set", "FILE", "cube", "--empty", "3,4"]),
    Kind("rm", ["rm", "FILE", "first"]),
    Kind("rm many", ["rm", "FILE", "first", "other", "last"], partly=True),
    Kind("mv", ["mv", "FILE", "other", "brand"]),
    Kind("mv longer", ["mv", "FILE", "other", "a longer name"], partly=True),
    Kind("cp", ["cp", "FILE", "array", "copy"]),
    Kind("restore", ["restore", "FILE", "gone"]),
    Kind("restore over", ["restore", "FILE", "first"]),
    Kind("vacuum", ["vacuum", "FILE"]),
    Kind("vacuum punch", ["vacuum", "FILE", "--punch"], partly=True),
    Kind("vacuum in place", ["vacuum", "FILE", "--in-place"], partly=True),
    Kind("vacuum to", ["vacuum", "FILE", "-o", "OUT"], new_file=True),
    Kind("compat set", ["compat", "FILE", "--set", "modern"], partly=True),
    Kind("portable", ["compat", "FILE", "--portable", "-o", "OUT"], new_file=True),
    Kind("repair", ["repair", "FILE", "-o", "OUT"], make=damaged, new_file=True),
    Kind("convert", ["convert", "FILE", "OUT"], make=lambda: pickle.dumps({"a": [1, 2], "b": "x" * 5000}, 4), new_file=True),
    Kind("cleanup", ["cleanup", "FILE"], make=damaged),
]


class Run:
    def __init__(self, given):
        self.binary = os.path.abspath(given.binary)
        self.errors = given.errors.split(",")
        self.folder = tempfile.mkdtemp(prefix="cubescope-inject-")
        self.shim = self.compile()
        self.count = self.failed = 0

    def compile(self):
        source, shim = os.path.join(self.folder, "shim.c"), os.path.join(self.folder, "shim.so")
        with open(source, "w") as file:
            file.write(SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], check=True)
        return shim

    def prepare(self, kind):
        self.work = os.path.join(self.folder, "work")
        shutil.rmtree(self.work, ignore_errors=True)
        os.mkdir(self.work)
        self.file, self.out = os.path.join(self.work, kind.source), os.path.join(self.work, "out.mmdpickle")
        with open(self.file, "wb") as file:
            file.write(kind.make())
        return [self.file if arg == "FILE" else self.out if arg == "OUT" else arg for arg in kind.args]

    def call(self, args, prefix=(), **environment):
        return subprocess.run([*prefix, self.binary, *args], capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)

    def states(self, kind):
        return load(self.out if kind.new_file else self.file)

    def fail(self, what, said):
        self.failed += 1
        if self.failed <= 40:
            print(f"FAIL {what}\n     exit {said.returncode}: {said.stderr.strip()[-300:]}", flush=True)

    def each(self, kind):
        args = self.prepare(kind)
        before = self.states(kind)
        trace = os.path.join(self.folder, "trace")
        done = self.call(args, ["strace", "-f", "-qq", "-o", trace, "-e", "trace=" + ",".join("?" + call for call in CALLS)])
        after = self.states(kind)
        if done.returncode or before == after and kind.name not in ("vacuum punch", "vacuum", "vacuum in place", "cleanup"):
            return self.fail(f"{kind.name}: without a fault", done)
        with open(trace) as file:
            made = [line.split("(")[0].split()[-1] for line in file if "(" in line and "exit" not in line]
        for call in sorted(set(made)):
            numbers = range(1, made.count(call) + 1)
            for number in numbers:
                for error in self.errors:
                    inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={number}"]
                    self.one(kind, f"{error} at {call} number {number}", before, after, inject)
                    # From there on all fail, as on a disk that is gone.
                    if error == self.errors[0]:
                        self.one(kind, f"{error} at {call} from number {number} on", before, after, inject[:-1] + [inject[-1] + "+"])
        for number in range(1, made.count("pwrite64") + 1):
            self.one(kind, f"short write number {number}", before, after, (), LD_PRELOAD=self.shim, SHORT=str(number))

    def one(self, kind, fault, before, after, prefix, **environment):
        args = self.prepare(kind)
        self.count += 1
        original = load(self.file)
        said = self.call(args, prefix, **environment)
        what = f"{kind.name}, {fault}"
        now, words = self.states(kind), said.stderr
        is_made = said.returncode == 0 or "The change is made" in words
        is_partly = kind.partly and ("in part" in words or "Only a part" in words or (kind.name == "rm many" and said.stdout))
        if said.returncode < 0 or "panicked" in words or said.returncode and not words:
            return self.fail(f"{what}: ended by a signal, or without a word", said)
        if "is broken now" in words:
            if kind.name != "vacuum in place" or now in (before, after):
                self.fail(f"{what}: it is not broken", said)
            return None
        if is_made and now != after and not is_partly:
            return self.fail(f"{what}: said to be made, and is not: {str(now)[:200]}", said)
        if not is_made and not is_partly and now != before:
            return self.fail(f"{what}: said not to be made, and {'it is' if now == after else 'is something else'}: {str(now)[:200]}", said)
        if kind.new_file and load(self.file) != original:
            return self.fail(f"{what}: the source was changed", said)
        if not kind.new_file or is_made:
            self.go_on(what, self.out if kind.new_file else self.file, said)
        left = sorted(set(os.listdir(self.work)) - {kind.source, "out.mmdpickle"})
        if left:
            self.fail(f"{what}: left behind: {left}", said)
        return None

    def go_on(self, what, path, said):
        """All keys are listed, and the next change works."""
        now = load(path)
        listed = self.call(["ls", path, "--json"])
        keys = re.findall(r'"key":\s*"([^"]*)"', listed.stdout)
        if isinstance(now, dict) and sorted(keys) != sorted(now):
            return self.fail(f"{what}: ls gives {keys}, pickle.load {sorted(now)}", said)
        following = self.call(["set", path, "next", "1"])
        if following.returncode:
            return self.fail(f"{what}: the next change: {following.stderr.strip()}", said)
        then = load(path)
        if not isinstance(then, dict) or then.pop("next", None) != 1 or isinstance(now, dict) and then != now:
            self.fail(f"{what}: after the next change: {str(then)[:200]}", said)
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--errors", default="EIO,ENOSPC,EDQUOT,EINTR")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    run = Run(given)
    for kind in KINDS:
        if given.only in kind.name:
            count, failed = run.count, run.failed
            run.each(kind)
            print(f"{kind.name}: {run.count - count} faults, {run.failed - failed} told wrongly", flush=True)
    shutil.rmtree(run.folder, ignore_errors=True)
    print(f"{run.count} faults, {run.failed} failed")
    sys.exit(1 if run.failed or not run.count else 0)


main()
