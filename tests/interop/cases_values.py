"""Values: set from a literal and from JSON, replace, delete, rename, duplicate."""
import datetime
import json
import math
import os
import shutil
import subprocess

from describe import describe

LITERALS = [
    "None", "True", "False", "0", "1", "-1", "255", "256", "65535", "65536", "-2147483648", "2147483647", "2147483648",
    "9223372036854775807", "-9223372036854775809", str(2**70), str(-2**2000), "0x1f", "1_000_000",
    "0.0", "-0.0", "0.1", "1e300", "-1.5e-300", "5e-324", "1.7976931348623157e308",
    "1j", "(1.5-2j)",
    "''", "'a'", "\"it's\"", "'\\n\\t\\\\ \\x07'", "'µ 日本 🌈'", "'\\ud800 lone'", "'\\u00e9\\U0001f308'", "'" + "x" * 255 + "'", "'" + "y" * 256 + "'",
    "'spectral ' 'joined'", "b''", "b'\\x00\\xff abc'", "b'" + "z" * 300 + "'", "bytearray(b'xyz')",
    "[]", "()", "{}", "set()", "frozenset()", "[1]", "(1,)", "(1, 2)", "(1, 2, 3)", "(1, 2, 3, 4)", "{1}", "{1, 'a', (2, 3)}", "frozenset({1, 2})",
    "{'a': 1}", "{'z': 1, 'a': 2, 'm': {'y': 1, 'b': [2]}}", "{1: 'a', (2, 3): 'b', None: 'c', b'x': 1.5, True: 0}",
    "['band', 'band', ('band', {'band': 'band'})]", "[[[[[[[[[[1]]]]]]]]]]", "[(), [], {}, set(), '', b'', None]",
    "[" + ", ".join(map(str, range(1500))) + "]", "{'wavelengths': [" + ", ".join(f"{400 + i * 2.5}" for i in range(200)) + "]}",
    "datetime.date(2018, 5, 1)", "datetime.datetime(2018, 5, 1, 12, 30, 59, 250000)", "[datetime.timedelta(days=2, seconds=5), datetime.time(8, 15)]",
    "{'integration_time': 25, 'd0_start_time': datetime.datetime(2018, 5, 1, 12, 30)}",
]
# What the literal grammar may leave out, as long as it says so.
OPTIONAL = ["datetime.date(2018, 5, 1)", "[datetime.timedelta(days=2, seconds=5), datetime.time(8, 15)]",
            "datetime.datetime(2018, 5, 1, 12, 30, 59, 250000)",
            "{'integration_time': 25, 'd0_start_time': datetime.datetime(2018, 5, 1, 12, 30)}", "inf", "nan", "[-inf]"]
BROKEN = ["", "[1, 2", "{'a': }", "'open", "foo", "__import__('os').getpid()", "1 +", "[" * 100000, "{[]: 1}", "{{}}", "b'é'", "1 2"]
DOCUMENTS = [
    "null", "true", "0", "-7", "3.0", "1.5e-7", "1e22", '"text µ \\u65e5 \\ud83c\\udf08"', "[]", "{}", '{"z": 1, "a": [1, 2.5, null, true, "x"], "m": {"k": {}}}',
    str(2**63), str(2**64 - 1), str(-2**63), "[0.1, 0.30000000000000004, 123456789.123456789]", json.dumps({"list": list(range(500))}),
]
INEXACT = [str(2**70), str(-2**64), "1e400", "-0.0"]


def evaluate(text):
    names = {"datetime": datetime, "set": set, "frozenset": frozenset, "bytearray": bytearray, "inf": math.inf, "nan": math.nan}
    return eval(text, {"__builtins__": {}}, names)


def literals(kit):
    """Each literal into a file of its own, then all of them into one, then each again over another."""
    for text in LITERALS + ["inf", "nan", "[-inf]"]:
        path, model = kit.fresh("mixed")
        before = open(path, "rb").read()
        if text in OPTIONAL and kit.run("set", path, "new", text).returncode == 2:
            kit.check(open(path, "rb").read() == before, "a refused literal changed the file")
            continue
        shutil.copyfile(kit.bases["mixed"], path)
        said = kit.does("set", path, "new", text)
        if said is not None:
            model.put("new", describe(evaluate(text)))
            kit.verify(path, model, said=said)
            kit.fresh_memo(path)
    path, model = kit.fresh("plain_values")
    for key in ("all", "b", "a"):
        for number, text in enumerate(LITERALS):
            if text not in OPTIONAL and kit.does("set", path, f"{key} {number % 7}", text) is not None:
                model.put(f"{key} {number % 7}", describe(evaluate(text)))
    kit.verify(path, model)


def broken(kit):
    path, _ = kit.fresh("mixed")
    for text in BROKEN:
        said = kit.refuses(path, "set", path, "new", text)
        kit.check(len(said) < 2000, f"the message has {len(said)} bytes")


def replaced(kit):
    """Values over values, arrays and masked arrays; in many kinds of key."""
    path, model = kit.fresh("mixed")
    for key in [r["key"] for r in model.records if r["live"]]:
        said = kit.does("set", path, "--", key, "{'now': [1, 'x', 'x']}") if key.startswith("-") else kit.does("set", path, key, "{'now': [1, 'x', 'x']}")
        if said is None:
            return
        model.put(key, describe({"now": [1, "x", "x"]}))
        if not kit.verify(path, model, said=said):
            return
    for key in ["new µ", "", "K" * 255, "日" * 85]:
        said = kit.does("set", path, key, "'x'")
        if said is None:
            return
        model.put(key, describe("x"))
        kit.verify(path, model, said=said)
    for key in ["K" * 256, "é" * 128]:
        kit.refuses(path, "set", path, key, "1")


def documents(kit):
    for text in DOCUMENTS:
        path, model = kit.fresh("mixed")
        source = kit.path("in.json")
        with open(source, "w") as file:
            file.write(text)
        said = kit.does("set", path, "description", "--from-json", source)
        if said is not None:
            model.put("description", describe(json.loads(text)))
            kit.verify(path, model, said=said)
    for text in INEXACT:
        path, model = kit.fresh("plain_values")
        with open(source, "w") as file:
            file.write(text)
        done = kit.run("set", path, "new", "--from-json", source)
        if done.returncode == 0:
            model.put("new", describe(json.loads(text)))
            kit.verify(path, model)
    for text in ["", "{", "[1,]", "{'a': 1}", "nul"]:
        with open(source, "w") as file:
            file.write(text)
        kit.refuses(path, "set", path, "new", "--from-json", source)


def deleted(kit):
    """Every key, one after the other; what is not there is said."""
    path, model = kit.fresh("mixed")
    for key in [r["key"] for r in model.records if r["live"]]:
        said = kit.does("rm", path, *(["--"] if key.startswith("-") else []), key)
        if said is None:
            return
        model.remove(key)
        if not kit.verify(path, model, said=said):
            return
    kit.refuses(path, "rm", path, "description", status=(1, 2))
    path, _ = kit.fresh("mixed")
    kit.refuses(path, "rm", path, "no such key", status=(1, 2))
    kit.refuses(path, "mv", path, "no such key", "other", status=(1, 2))
    kit.refuses(path, "cp", path, "no such key", "other", status=(1, 2))
    kit.refuses(path, "rm", path, "gone", status=(1, 2))


def renamed(kit):
    """To a key of the same length (in place), and of another (a copy of the value)."""
    for old, new in [("scan-00000", "scan-00001"), ("refl", "lfer"), ("description", "Description"), ("wavelengths", "wavelengthx")]:
        path, model = kit.fresh("mixed")
        size, commit = os.path.getsize(path), model.commit
        said = kit.does("mv", path, old, new)
        if said is None:
            continue
        model.live(old)["key"] = new
        model.commit = said.get("commit")
        kit.check(os.path.getsize(path) == size, "a rename to the same length changed the size")
        kit.check(model.commit is not None and model.commit > commit, f"commit went from {commit} to {model.commit}")
        kit.verify(path, model, said=said)
    for old, new in [("scan-00000", "cube"), ("refl", "reflectance µ"), ("description", "d"), ("scan-00000-p", "p" * 255), ("twice", "thrice")]:
        path, model = kit.fresh("mixed")
        said = kit.does("mv", path, old, new)
        if said is None:
            continue
        _copy(model, old, new)
        model.remove(old)
        kit.verify(path, model, said=said)
    path, _ = kit.fresh("mixed")
    kit.refuses(path, "mv", path, "refl", "R" * 256)
    kit.refuses(path, "mv", path, "refl", "twice", status=(1, 2))


def _copy(model, old, new):
    source = model.live(old)
    model.put(new, source["desc"], source["spelling"])


def duplicated(kit):
    """Every value and every array of a file, under another key; then one over what is there."""
    for recipe in ("mixed", "all_values", "all_arrays"):
        path, model = kit.fresh(recipe)
        for number, record in enumerate([r for r in model.records if r["live"]]):
            key = record["key"]
            said = kit.does("cp", path, *(["--"] if key.startswith("-") else []), key, f"copy {number}")
            if said is None:
                break
            _copy(model, key, f"copy {number}")
            if not kit.verify(path, model, edits=number % 5 == 0, said=said):
                break
    path, _ = kit.fresh("mixed")
    kit.refuses(path, "cp", path, "refl", "twice", status=(1, 2))
    path, model = kit.fresh("all_values")
    for key in [r["key"] for r in model.records if r["live"]]:
        if kit.does("mv", path, key, key + " moved") is None:
            return
        _copy(model, key, key + " moved")
        model.remove(key)
    kit.verify(path, model)


def texts(kit):
    """Without --json, each command says what it did and the commit number."""
    path, model = kit.fresh("mixed")
    for args in [("set", path, "new", "1"), ("set", path, "description", "'x'"), ("rm", path, "new"), ("mv", path, "refl", "reflectance"),
                 ("cp", path, "twice", "again"), ("restore", path, "gone"), ("vacuum", path)]:
        done = kit.run(*args)
        said = done.stdout.decode(errors="replace")
        kit.check(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-200:]!r}")
        commit = kit.model(path).commit
        kit.check(f"commit {commit}" in said, f"does not say 'commit {commit}': {said[-200:]!r}")


def sample(kit):
    """The commands on the sample cube that comes with the program."""
    for args, change in [
        (("set", "note", "['x']"), lambda m: m.put("note", describe(["x"]))),
        (("cp", None, "copy of it"), lambda m: _copy(m, m.items()[0][0], "copy of it")),
        (("rm", None), lambda m: m.remove(m.items()[0][0])),
    ]:
        path, model = kit.fresh(kit.sample)
        first = model.items()[0][0]
        said = kit.does(args[0], path, *[first if a is None else a for a in args[1:]])
        if said is not None:
            change(model)
            kit.verify(path, model, said=said)


def locked(kit):
    """Another's lock is waited for, not for ever."""
    path, model = kit.fresh("mixed")
    holder = "import fcntl, sys, time; f = open(sys.argv[1], 'rb'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(float(sys.argv[2]))"
    process = subprocess.Popen([kit.python, "-c", holder, path, "1"], stdout=subprocess.PIPE)
    process.stdout.readline()
    said = kit.does("set", path, "waited", "1")
    process.wait()
    if said is not None:
        model.put("waited", describe(1))
        kit.verify(path, model, said=said)
    process = subprocess.Popen([kit.python, "-c", holder, path, "100"], stdout=subprocess.PIPE)
    process.stdout.readline()
    words = kit.refuses(path, "set", path, "new", "1")
    kit.check("lock" in words.lower(), f"does not speak of the lock: {words}")
    process.kill()
    process.wait()


CASES = [literals, broken, replaced, documents, deleted, renamed, duplicated, texts, sample, locked]
