"""Runs inside one of the two environments and answers one JSON request a line: reads files, makes files, edits copies.

The driver (`interop.py`) starts it. Requests: {"do": NAME, ...}; answers: {"ok": ...} or {"error": "Type: message"}.
"""
import contextlib
import gc
import io
import json
import os
import pickle
import sys
import warnings

warnings.simplefilter("ignore")
import numpy as np

try:
    from mmappickle import mmapdict
except (ImportError, AttributeError):
    mmapdict = None  # the newest NumPy: plain pickle only

import recipes
from container import Container, spelling
from describe import describe

held = {}


class Shimmed(pickle.Unpickler):
    """Reads arrays of the legacy spelling where NumPy has lost `fromstring`."""

    def find_class(self, module, name):
        if (module, name) == ("numpy.core.multiarray", "fromstring"):
            return lambda data, dtype: np.frombuffer(data, dtype).copy()
        return super().find_class(module, name)


def load(path, shim=False):
    """What plain pickle.load gives: keys and values in order, and how many bytes it read."""
    with open(path, "rb") as file:
        found = Shimmed(file).load() if shim else pickle.load(file)
        read = file.tell()
    if type(found) is not dict:
        return {"type": type(found).__name__, "top": describe(found), "read": read}
    return {"type": "dict", "items": [[_key(key), describe(value)] for key, value in found.items()], "read": read}


def _key(key):
    return key if isinstance(key, str) else {"not text": repr(key)}


def mapped(value):
    """Whether all of an array is a map of the file."""
    if isinstance(value, np.ma.MaskedArray):
        return isinstance(value.data, np.memmap) and isinstance(np.ma.getmaskarray(value), np.memmap)
    return isinstance(value, np.memmap)


def reference(path):
    """What the reference reads: the commit number, keys in its order, values, and whether they are maps."""
    opened = mmapdict(path, True)
    items = []
    for key in list(opened.keys()):
        value = opened[key]
        items.append([key, describe(value), mapped(value)])
    found = {"commit": opened.commit_number, "items": items}
    opened._file.close()
    return found


def cells(path, key, indices):
    """Single cells of a mapped array, for arrays larger than memory."""
    opened = mmapdict(path, True)
    value = opened[key]
    found = {"dtype": str(value.dtype), "shape": list(value.shape), "mapped": mapped(value)}
    found["cells"] = [repr(value[tuple(index)].tolist()) for index in indices]
    opened._file.close()
    return found


def records(path):
    """Each record's value by itself, dead ones too."""
    whole = Container.read(path)
    if whole.problem:
        return {"problem": whole.problem}
    found = []
    for record in whole.records:
        value = whole.value(record)
        found.append({"key": record.name, "live": record.live, "desc": describe(pickle.loads(b"\x80\x04" + value + b".")),
                      "spelling": spelling(value)})
    return {"problem": None, "commit": whole.commit, "records": found}


def edit(path):
    """The reference adds, replaces, deletes and vacuums; returns the keys that have to be there afterwards."""
    opened = mmapdict(path)
    before = list(opened.keys())
    old = opened.commit_number
    opened["interop list"] = [["x"] * 2, "x", "x"]
    opened["interop array"] = np.arange(6.0).reshape(2, 3)
    opened["interop list"] = "replaced"
    steps = opened.commit_number - old
    del opened["interop array"]
    want = before + ["interop list"]
    if before:
        opened[before[0]] = {"replaced": np.arange(3)}
        want = before[1:] + ["interop list", before[0]]
    opened.vacuum()
    opened._file.close()
    return {"steps": steps, "want": want}


def keys(path):
    """Only the keys that plain pickle.load gives."""
    with open(path, "rb") as file:
        return list(pickle.load(file))


def touch(path):
    """The reference reads every value, adds a key and deletes it; returns the keys."""
    opened = mmapdict(path)
    found = list(opened.keys())
    for key in found:
        opened[key]
    opened["interop"] = 1
    del opened["interop"]
    if list(opened.keys()) != found:
        raise RuntimeError("the keys differ after a key was added and deleted")
    opened._file.close()
    return found


def make(path, recipe):
    """Makes a file of the reference by name."""
    if os.path.exists(path):
        os.remove(path)
    with contextlib.redirect_stdout(io.StringIO()):
        opened = mmapdict(path)
        recipes.CONTAINERS[recipe](opened)
        opened._file.close()
    return None


def put(path, key, recipe):
    """The reference stores one array of the recipes under a key."""
    opened = mmapdict(path)
    opened[key] = recipes.arrays()[recipe]
    opened._file.close()
    return None


def npy(folder):
    """Writes each array of the recipes as .npy; masked ones as two files. Returns their descriptions."""
    found = {}
    for name, array in recipes.arrays().items():
        np.save(os.path.join(folder, name + ".npy"), np.ma.getdata(array), allow_pickle=False)
        if isinstance(array, np.ma.MaskedArray):
            np.save(os.path.join(folder, name + "-mask.npy"), np.ma.getmaskarray(array))
        found[name] = describe(array)
    np.save(os.path.join(folder, "objects.npy"), np.array([1, "x", None], object), allow_pickle=True)
    return found


def pickles(folder):
    """Writes plain pickles of all protocols. Returns of each what pickle.load gives, and what was stored.

    The two differ in the byte order of arrays: NumPy turns those of the other order round when it loads them.
    """
    found = []
    for protocol in range(6):
        for name, value in recipes.plain().items():
            path = os.path.join(folder, f"{name}-{protocol}.pickle")
            with open(path, "wb") as file:
                pickle.dump(value, file, protocol)
            stored = [[_key(key), describe(item)] for key, item in value.items()] if type(value) is dict else None
            found.append({"name": name, "protocol": protocol, "path": path, "items": load(path).get("items"), "stored": stored})
    return found


def hold(path, key):
    """Keeps a map of an array, as a process would that works with it while the file is changed."""
    opened = mmapdict(path, True)
    held[path] = opened[key]
    opened._file.close()
    return describe(held[path])


def look(path):
    """What the held map shows now; gives it back."""
    return describe(held.pop(path))


REQUESTS = {f.__name__: f for f in (load, reference, cells, records, edit, keys, touch, make, put, npy, pickles, hold, look)}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": REQUESTS[request.pop("do")](**request)}
        except Exception as error:  # the driver decides what it means
            answer = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
        gc.collect()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
