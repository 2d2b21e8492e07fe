#!/usr/bin/env python3
"""The program and processes of the reference write one file at the same time; afterwards nothing may be lost, torn or doubled.

usage: race.py BINARY REFERENCE_PYTHON [--seconds S] [--mode keep|each|openers] [--writers N] [--clients N] [--keep DIR]
       race.py check FILE JOURNAL...     what `race_client.py` and the writers journalled, against the file

--mode keep      each writer of the reference keeps one instance open, as a recorder does
--mode each      each writer opens and closes the file for every operation
                 Both hold the lock while they open: without it the reference breaks the file by itself
--mode openers   the processes of the reference only open and close the file, all the time and without the lock, as its
                 constructor does; the program is the only one that writes
Exits 1 where something is found. The journal is described in `race_client.py`.
"""
import argparse
import fcntl
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

from container import Container
from race_client import locked_look

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = re.compile(rb"race:([A-Za-z0-9_.-]+):")


def writer(path, journal, name, seconds, mode, seed):
    """A process of the reference."""
    import warnings
    warnings.simplefilter("ignore")
    import numpy as np
    from mmappickle import mmapdict
    file = open(journal, "w")
    chance = random.Random(seed)

    def log(**event):
        file.write(json.dumps({**event, "t": time.time_ns()}) + "\n")
        file.flush()

    def opened():
        if mode == "openers":
            return mmapdict(path)
        with open(path, "rb") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            return mmapdict(path)

    commit, records, dead = locked_look(path)
    log(ev="start", client=name, commit=commit, records=records, dead=dead)
    kept = opened() if mode == "keep" else None
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += 1
        oid = f"{name}-{count}"
        key = f"shared/{chance.randrange(6)}" if chance.random() < 0.4 else f"own/{name}/{chance.randrange(8)}"
        try:
            use = kept or opened()
            if mode == "openers":
                use._file.close()
                continue
            if chance.random() < 0.7:
                text = f"race:{oid}:" + "y" * chance.randrange(300)
                value = chance.choice([text, {"t": text, "l": ["s", "s"]}, np.frombuffer(text.encode(), "u1")])
                log(ev="begin", id=oid, op="set", key=key)
                use[key] = value
                log(ev="ack", id=oid, ok=True)
            else:
                log(ev="begin", id=oid, op="del", key=key)
                try:
                    del use[key]
                    log(ev="ack", id=oid, ok=True)
                except KeyError as error:
                    if error.args != (key,):
                        raise
                    log(ev="ack", id=oid, ok=False, error="KeyError")
            if kept is None:
                use._file.close()
        except Exception as error:
            log(ev="ack", id=oid, ok=False, error=f"{type(error).__name__}: {error}")
            log(ev="bad", what=f"{oid}: {type(error).__name__}: {str(error)[:200]}")
        time.sleep(chance.random() * 0.02)
    log(ev="end", ops=count)


def read_journals(paths):
    """(operations by id, complaints, last state of the keys that were restored)"""
    operations, found, back, starts = {}, [], {}, []
    for path in paths:
        for line in open(path):
            if not line.endswith("\n"):
                continue  # cut short when its writer was killed
            event = json.loads(line)
            kind = event["ev"]
            if kind == "begin":
                operations[event["id"]] = {**event, "done": None, "ok": None}
            elif kind == "ack":
                operations[event["id"]].update(done=event["t"], ok=event["ok"], error=event.get("error"))
            elif kind == "bad":
                found.append(event["what"])
            elif kind == "own-ack" and event["ok"]:
                back[event["key"]] = event["holds"]
            elif kind == "start":
                starts.append(event)
    return operations, found, back, starts


def check(path, journals):
    """What is wrong, as a list of sentences."""
    operations, found, back, starts = read_journals(journals)
    whole = Container.read(path)
    if whole.problem:
        return [f"structure: {whole.problem}"] + found
    stands = _stands(whole, operations, found)
    for oid, o in operations.items():
        if o["op"] == "set" and o["ok"] and oid not in stands:
            found.append(f"lost: {oid} (set {o['key']}) was acknowledged, no record holds it")
    for key in sorted({o["key"] for o in operations.values()}):
        _check_key(key, whole, operations, stands, found)
    _check_order(operations, stands, found)
    _check_commit(whole, operations, starts, found)
    live = whole.live()
    for key, text in back.items():
        value = whole.value(live[key]) if key in live else b""
        if text.encode() not in value:
            found.append(f"restored: {key} should hold {text}, holds {value[:60]!r}")
    return found


def _stands(whole, operations, found):
    """Id of a set to the number of its record."""
    stands = {}
    for number, record in enumerate(whole.records):
        mark = MARK.search(whole.value(record))
        if not mark:
            if record.name.startswith(("own/", "shared/")):
                found.append(f"torn: the record of {record.name} at {record.offset} holds no mark")
            continue
        oid = mark.group(1).decode()
        if oid not in operations or operations[oid]["key"] != record.name:
            found.append(f"stranger: {oid} stands under {record.name} at {record.offset}")
        elif oid in stands:
            found.append(f"doubled: {oid} has two records")
        stands[oid] = number
    return stands


def _check_key(key, whole, operations, stands, found):
    """Of each key at most one version lives, the last one, unless someone deleted it after it was set."""
    versions = sorted((stands[oid], oid) for oid, o in operations.items() if o["op"] == "set" and o["key"] == key and oid in stands)
    deletes = [o for o in operations.values() if o["op"] == "del" and o["key"] == key and (o["ok"] or o["error"] != "KeyError")]
    alive = [oid for number, oid in versions if whole.records[number].live]
    if len(alive) > 1 or alive and alive[0] != versions[-1][1]:
        found.append(f"history: {alive} of {key} live, the last set is {versions[-1][1]}")
    if not versions:
        return
    last = operations[versions[-1][1]]
    if alive and last["done"] and any(o["ok"] and o["t"] > last["done"] for o in deletes):
        found.append(f"risen: {last['id']} of {key} lives, and was deleted")
    if not alive and not any((o["done"] or float("inf")) > last["t"] for o in deletes):
        found.append(f"killed: {last['id']} of {key} is dead, nobody deleted it")
    dead = len(versions) - len(alive)
    if sum(bool(o["ok"]) for o in deletes) > dead:
        found.append(f"deletes: more were acknowledged for {key} than there are dead versions ({dead})")


def _check_order(operations, stands, found):
    """A set that was over before another began stands before it."""
    latest = 0
    for _, oid in sorted((number, oid) for oid, number in stands.items() if oid in operations):
        o = operations[oid]
        if o["done"] and o["done"] < latest:
            found.append(f"order: {oid} stands behind one that began after it was done")
        latest = max(latest, o["t"])


def _check_commit(whole, operations, starts, found):
    """One for each record added and for each flag changed."""
    seen = {event["client"]: event for event in starts}
    # The counted starts say how much the cycles on keys of their own added beyond records and flags.
    extra = sum(event["commit"] - seen[name.removesuffix("-counted")]["commit"] for name, event in seen.items() if name.endswith("-counted"))
    first = min((event for name, event in seen.items() if not name.endswith("-counted")), key=lambda event: event["t"])
    added = len(whole.records) - first["records"]
    killed = sum(not record.live for record in whole.records) - first["dead"]
    want = first["commit"] + extra + added + killed
    unsure = sum(not o["ok"] and o["error"] != "KeyError" for o in operations.values())
    if not want - 2 * unsure <= whole.commit <= want + 2 * unsure:
        found.append(f"commit number: {whole.commit}; {added} records added and {killed} killed after {first['commit']} make {want}")


LOADS = """
import pickle, sys, warnings
warnings.simplefilter("ignore")
from mmappickle import mmapdict
plain = pickle.load(open(sys.argv[1], "rb"))
opened = mmapdict(sys.argv[1], True)
assert list(opened.keys()) == list(plain), "other keys"
for key in list(opened.keys()):
    assert type(opened[key]).__name__.replace("memmap", "ndarray") == type(plain[key]).__name__, key
print(len(plain), "keys, commit", opened.commit_number)
"""


def run(given):
    folder = given.keep or tempfile.mkdtemp(prefix="race-")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "raced.mmdpickle")
    make = "import sys, numpy as np, mmappickle as m; d = m.mmapdict(sys.argv[1]); d['description'] = 'race'; d['still'] = np.arange(100)"
    subprocess.run([given.reference, "-W", "ignore", "-c", make, path], check=True)
    processes, journals = [], []
    for number in range(given.writers):
        journals.append(os.path.join(folder, f"ref{number}.jsonl"))
        processes.append([given.reference, __file__, "writer", path, journals[-1], f"ref{number}", str(given.seconds), given.mode, str(number)])
    for number in range(given.clients):
        journals.append(os.path.join(folder, f"cs{number}.jsonl"))
        processes.append([sys.executable, os.path.join(HERE, "race_client.py"), given.binary, path, journals[-1], "--seconds", str(given.seconds),
                          "--name", f"cs{number}", "--seed", str(number)])
    running = [subprocess.Popen(args) for args in processes]
    hung = 0
    for process in running:
        try:
            process.wait(timeout=given.seconds + 90)
        except subprocess.TimeoutExpired:
            process.kill()
            hung += 1
    found = ["a process hangs"] * hung + check(path, journals)
    loads = subprocess.run([given.reference, "-c", LOADS, path], capture_output=True, text=True)
    if loads.returncode:
        found.append(f"does not load: {loads.stderr.strip()[-300:]}")
    operations = read_journals(journals)[0]
    counts = {}
    for oid, o in operations.items():
        counts[oid.rsplit("-", 1)[0]] = counts.get(oid.rsplit("-", 1)[0], 0) + bool(o["ok"])
    print(f"mode {given.mode}, {given.seconds:g} s: acknowledged {counts}; {loads.stdout.strip()}; {len(found)} findings")
    for what in found[:40]:
        print("FAIL", what)
    if not given.keep and not found:
        shutil.rmtree(folder)
    elif found:
        print("the file and the journals are in", folder)
    return 1 if found else 0


def main():
    if sys.argv[1:2] == ["writer"]:
        path, journal, name, seconds, mode, seed = sys.argv[2:]
        writer(path, journal, name, float(seconds), mode, int(seed))
        return
    if sys.argv[1:2] == ["check"]:
        found = check(sys.argv[2], sys.argv[3:])
        print("\n".join(found) or "nothing lost")
        sys.exit(1 if found else 0)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("reference")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--mode", choices=["keep", "each", "openers"], default="keep")
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--keep", help="folder for the file and the journals, which stay there")
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
