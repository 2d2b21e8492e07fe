"""What the checks share: the workers, the program under test, the count of what passed, the model of a file."""
import json
import os
import shutil
import subprocess
import sys

from container import Container, first_put, spelling, value_problem
from describe import short

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120


class Worker:
    """A process in one of the environments."""

    def __init__(self, python, name):
        environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.name = name
        self.process = subprocess.Popen([python, os.path.join(HERE, "worker.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)

    def ask(self, do, **request):
        """(answer, None) or (None, error)"""
        self.process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the worker in {self.name} ended at {do} {request}")
        answer = json.loads(line)
        return answer.get("ok"), answer.get("error")

    def want(self, do, **request):
        """The answer; an error ends the checks."""
        answer, error = self.ask(do, **request)
        if error:
            raise SystemExit(f"{self.name}: {do} {request}: {error}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Model:
    """What a file has to hold: records in file order and the commit number."""

    def __init__(self, answer):
        self.commit = answer["commit"]
        self.records = answer["records"]

    def live(self, key):
        return next((r for r in reversed(self.records) if r["live"] and r["key"] == key), None)

    def dead(self, key):
        return [r for r in self.records if not r["live"] and r["key"] == key]

    def items(self):
        return [(r["key"], r["desc"]) for r in self.records if r["live"]]

    def put(self, key, desc, spelled="portable"):
        """A new record; the one it replaces dies."""
        old = self.live(key)
        self.commit += 1
        if old:
            old["live"] = False
            self.commit += 1
        self.records.append({"key": key, "live": True, "desc": desc, "spelling": None if desc["kind"] == "value" else spelled})

    def remove(self, key):
        self.live(key)["live"] = False
        self.commit += 1

    def restore(self, record):
        old = self.live(record["key"])
        if old:
            old["live"] = False
            self.commit += 1
        record["live"] = True
        self.commit += 1

    def drop_dead(self):
        self.records = [r for r in self.records if r["live"]]


class Kit:
    """Runs the program, compares, counts."""

    def __init__(self, binary, reference, newest, folder):
        self.binary, self.folder = os.path.abspath(binary), folder
        self.reference, self.newest = Worker(reference, "reference"), Worker(newest, "newest")
        self.passed = self.failed = 0
        self.line = ""
        self.bases = {}

    def check(self, fine, what):
        if fine:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {' | '.join(str(what).split(chr(10)))}\n     after: {self.line}", flush=True)
        return bool(fine)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args, **more):
        """Runs the program; a crash is a failure whatever the caller makes of the result."""
        self.line = " ".join(["cubescope"] + [repr(a) if " " in a or not a.isprintable() or len(a) > 90 else a for a in args])[:400]
        try:
            done = subprocess.run([self.binary, *args], capture_output=True, timeout=PATIENCE, **more)
        except subprocess.TimeoutExpired:
            self.check(False, f"hangs for {PATIENCE} s")
            return subprocess.CompletedProcess(args, "timeout", b"", b"")
        said = done.stderr.decode(errors="replace")
        self.check(done.returncode in (0, 1, 2) and "panicked" not in said, f"ended with {done.returncode}: {said[-300:]}")
        return done

    def does(self, *args, **more):
        """Runs a command that has to succeed; returns its JSON, or None where it failed."""
        done = self.run(args[0], "--json", *args[1:], **more)
        said = done.stderr.decode(errors="replace")[-300:]
        if not self.check(done.returncode == 0, f"exit {done.returncode}: {said}"):
            return None
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.check(False, f"prints no JSON: {done.stdout[-200:]!r}")
            return None

    def refuses(self, path, *args, status=(2,)):
        """Runs a command that has to fail with a word, and leave the file as it is."""
        before = fingerprint(path)
        done = self.run(*args)
        said = done.stderr.decode(errors="replace").strip()
        self.check(done.returncode in status, f"exit {done.returncode} where {status} is right: {done.stdout[-200:]!r} {said[-200:]}")
        self.check(said, "fails without a word")
        self.check(fingerprint(path) == before, "a refused command changed the file")
        return said

    def fresh(self, recipe, name="work.mmdpickle"):
        """A copy of a file that the reference made (each recipe is made once), and its model."""
        if recipe not in self.bases:
            path = self.path(recipe + ".base")
            if os.path.exists(recipe):
                shutil.copyfile(recipe, path := self.path("given.base"))
            else:
                self.reference.want("make", path=path, recipe=recipe)
            self.bases[recipe] = path
        target = self.path(name)
        if os.path.lexists(target):
            os.remove(target)
        shutil.copyfile(self.bases[recipe], target)
        return target, self.model(target)

    def model(self, path):
        return Model(self.reference.want("records", path=path))

    def verify(self, path, model, edits=True, said=None):
        """Compares a file with its model in every way there is. False stops a chain of commands on the file."""
        before = self.failed
        whole = Container.read(path)
        if not self.check(whole.problem is None, f"structure: {whole.problem}"):
            return False
        self._structure(whole, model, said)
        self._reading(path, whole, model)
        if edits and self.failed == before:
            self._edits(path)
        return self.failed == before

    def _structure(self, whole, model, said):
        have = [(r.name, r.live) for r in whole.records]
        want = [(r["key"], r["live"]) for r in model.records]
        self.check(have == want, f"records {have[-6:]} of {len(have)}, expected {want[-6:]} of {len(want)}")
        self.check(whole.commit == model.commit, f"commit number {whole.commit}, expected {model.commit}")
        if said is not None:
            self.check(said.get("commit") == whole.commit, f"says commit {said.get('commit')}, the file has {whole.commit}")
            self.check("file" in said, f"does not name the file: {short(said)}")
        problems = [(r.name, why) for r in whole.records if (why := value_problem(whole.value(r), r.memo))]
        self.check(not problems, f"values: {problems[:3]}")
        self.check(not whole.doubles(), f"keys that live twice: {whole.doubles()}")
        for have, want in zip(whole.records, model.records):
            found = spelling(whole.value(have))
            self.check(found == want["spelling"], f"array {have.name!r} is spelled {found}, expected {want['spelling']}")

    def fresh_memo(self, path):
        """The last record, just put, sets only memo entries that no record before it counts as used."""
        whole = Container.read(path)
        if whole.problem or not whole.records:
            return
        start = max([1] + [r.memo for r in whole.records[:-1]])
        lowest = first_put(whole.value(whole.records[-1]))
        self.check(lowest is None or lowest >= start, f"sets memo entry {lowest}, entries below {start} are taken")

    def _reading(self, path, whole, model):
        want = model.items()
        answer, error = self.reference.ask("reference", path=path)
        modern = any(r["spelling"] == "modern" and r["live"] for r in model.records)
        if not (modern and error) and self.check(not error, f"the reference: {error}"):
            self.same([(k, d) for k, d, _ in answer["items"]], want, "the reference")
            self.check(answer["commit"] == whole.commit, f"the reference reads commit {answer['commit']}, not {whole.commit}")
            unmapped = [k for k, d, is_map in answer["items"] if d["kind"] != "value" and not is_map and 0 not in d["shape"]]
            unmapped = [k for k in unmapped if model.live(k)["spelling"] != "modern"]
            self.check(not unmapped, f"the reference does not map {unmapped}")
        self.plain(self.reference, path, want, len(whole.data), False)
        legacy = any(r["spelling"] == "legacy" for r in model.records)
        self.plain(self.newest, path, want, len(whole.data), legacy)

    def plain(self, worker, path, want, size, shim):
        """Compares what plain pickle.load gives."""
        answer, error = worker.ask("load", path=path, shim=shim)
        name = f"pickle.load with the {worker.name} NumPy"
        if self.check(not error, f"{name}: {error}"):
            if self.check(answer["type"] == "dict", f"{name} gives a {answer['type']}"):
                self.same([tuple(item) for item in answer["items"]], want, name)
            self.check(answer["read"] == size, f"{name} reads {answer['read']} of {size} bytes")

    def same(self, have, want, who):
        """Keys in order, then each value."""
        keys, wanted = [k for k, _ in have], [k for k, _ in want]
        if not self.check(keys == wanted, f"{who}: keys {keys[-8:]}, expected {wanted[-8:]}"):
            return
        for (key, found), (_, expected) in zip(have, want):
            self.check(found == expected, f"{who}: {key!r} is {short(found)}, expected {short(expected)}")

    def _edits(self, path):
        copy = self.path("edited.mmdpickle")
        shutil.copyfile(path, copy)
        answer, error = self.reference.ask("edit", path=copy)
        if not self.check(not error, f"the reference cannot edit it: {error}"):
            return
        self.check(answer["steps"] == 4, f"4 counts by the reference moved the commit number by {answer['steps']}")
        whole = Container.read(copy)
        self.check(whole.problem is None, f"edited by the reference: {whole.problem}")
        for worker, shim in ((self.reference, False), (self.newest, True)):
            found, error = worker.ask("load", path=copy, shim=shim)
            self.check(not error and [k for k, _ in found["items"]] == answer["want"],
                       f"edited by the reference, pickle.load with the {worker.name} NumPy: {error or 'other keys'}")
        done = subprocess.run([self.binary, "check", copy], capture_output=True, timeout=PATIENCE)
        self.check(done.returncode == 0, f"edited by the reference, check exits {done.returncode}: {done.stdout[-300:]!r}")


def fingerprint(path):
    """Bytes, inode and permissions of a file."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read(), os.stat(path).st_ino, os.stat(path).st_mode


def done(kit):
    kit.reference.close()
    kit.newest.close()
    print(f"{kit.passed} passed, {kit.failed} failed")
    sys.exit(1 if kit.failed else 0)
