#!/usr/bin/env python3
"""Make the golden files of this folder with the reference library, and what NumPy says is in them.

Run in an environment with mmappickle 1.0.0 and numpy 1.23 (the last that it works with):
    python3 make_golden.py
The results are committed; the tests never run this.
"""
import collections
import datetime
import decimal
import fractions
import json
import math
import os
import pathlib
import pickle
import uuid
import warnings

import numpy as np
from mmappickle import mmapdict

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
           "float16", "float32", "float64", "complex64", "complex128"]


def fresh(name):
    path = os.path.join(HERE, name)
    if os.path.exists(path):
        os.remove(path)
    return path


def plain(x):
    """A cell as JSON: numbers as numbers, what JSON has none for as text."""
    x = x.item()
    if isinstance(x, complex):
        return [plain(np.float64(x.real)), plain(np.float64(x.imag))]
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    return x


def describe(a):
    data, mask = np.ma.getdata(a), np.ma.getmaskarray(a)
    return {"kind": "masked" if isinstance(a, np.ma.MaskedArray) else "array", "dtype": str(a.dtype),
            "shape": list(a.shape), "cells": [plain(x) for x in data.ravel()],
            "masked": [bool(x) for x in mask.ravel()]}


def sample(dtype, shape):
    n = int(np.prod(shape))
    if dtype == "bool":
        a = np.arange(n) % 3 == 0
    else:
        dt = np.dtype(dtype)
        a = (np.arange(n) * 7 % 100).astype(dt)
        if dt.kind == "f":
            a[0], a[-1] = np.nan, np.inf
            a[1:-1] /= dt.type(8)
        elif dt.kind == "i":
            a[0], a[-1] = np.iinfo(dt).min, np.iinfo(dt).max
        elif dt.kind == "u":
            a[-1] = np.iinfo(dt).max
        elif dt.kind == "c":
            a = a + a[::-1] * 1j
    return a.reshape(shape)


def arrays():
    path, truth = fresh("arrays.mmdpickle"), {}
    m = mmapdict(path)
    for dtype in NUMBERS:
        for order in "<>":
            a = sample(dtype, (2, 3))
            if order == ">":
                if a.dtype.itemsize == 1:
                    continue
                a = a.astype(a.dtype.newbyteorder(">"))
            m[f"{dtype}-{order}"] = a
            truth[f"{dtype}-{order}"] = describe(a)
    for shape in [(), (0,), (4,), (3, 0, 2), (2, 3, 4), (2, 1, 3, 2), (1, 2, 1, 2, 3), (1, 2, 1, 2, 1, 2)]:
        key = "shape-" + "x".join(map(str, shape))
        a = np.arange(np.prod(shape, dtype=int), dtype="int16").reshape(shape)
        m[key] = a
        truth[key] = describe(a)
    a = np.asfortranarray(np.arange(12, dtype="f4").reshape(3, 4))
    m["memory-order"] = a
    truth["memory-order"] = describe(a)
    a = np.ma.masked_greater(np.arange(24, dtype="f8").reshape(2, 3, 4), 17)
    m["masked"] = a
    truth["masked"] = describe(a)
    for key, a in {"dates": np.array(["2018-05-01", "NaT"], "M8[D]"), "text": np.array([b"ab", b"c"]),
                   "unicode": np.array(["x", "yé"])}.items():
        m[key] = a
        truth[key] = {"kind": "array", "dtype": str(a.dtype), "shape": list(a.shape)}
    json.dump(truth, open(fresh("arrays.json"), "w"), indent=0)


class Thing:
    """An instance of this is data that only Python could make sense of."""
    def __init__(self):
        self.size = 3


def values():
    shared = [1, 2]
    loop = ["self"]
    loop.append(loop)
    zone = datetime.timezone(datetime.timedelta(hours=1))
    cases = {
        "none": None, "true": True, "int": -5, "int-64": 2**63 - 1, "int-big": 2**200 + 1, "int-negative": -2**70,
        "float": 0.1, "float-tiny": 1.5e-7, "float-nan": math.nan, "float-inf": -math.inf,
        "text": "Reflectance of a wall\nsecond line: 'it''s' \"quoted\" µ 日本 \x07", "empty": "",
        "surrogate": "a\ud800b", "bytes": b"\x00\xffabc'", "bytearray": bytearray(b"xyz"),
        "list": [1, 2.5, "three", None, True], "tuple-0": (), "tuple-1": (1,), "tuple-4": (1, 2, 3, 4),
        "set": {7}, "frozenset": frozenset([7]), "dict": {"a": 1, 2: "b", (3, 4): [5]},
        "nested": {"outer": {"inner": [(1, 2), {"deep": b"x"}]}},
        "shared": [shared, shared, {"again": shared}], "loop": loop, "complex": 1.5 - 2j,
        "long-list": list(range(6000)), "long-text": "spectral " * 2000,
        "datetime": datetime.datetime(2018, 5, 1, 12, 30, 59, 250000),
        "datetime-zone": datetime.datetime(2018, 5, 1, 12, 30, tzinfo=zone),
        "date": datetime.date(2018, 5, 1), "time": datetime.time(8, 15), "delta": datetime.timedelta(days=2, seconds=5),
        "decimal": decimal.Decimal("1.50"), "fraction": fractions.Fraction(3, 4),
        "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"), "path": pathlib.PurePosixPath("/data/x.hdr"),
        "ordered": collections.OrderedDict([("b", 1), ("a", 2)]), "counter": collections.Counter("aab"),
        "default": collections.defaultdict(list, {"k": [1]}), "range": range(1, 10, 2), "slice": slice(1, None, 2),
        "numpy-float": np.float32(0.1), "numpy-int": np.int16(-3), "numpy-bool": np.bool_(True),
        "numpy-dtype": np.dtype(">f8"), "numpy-in-list": [np.arange(3, dtype="u1")], "object": Thing(),
    }
    m = mmapdict(fresh("values.mmdpickle"))
    for key, value in cases.items():
        m[key] = value
    truth = {}
    for key, value in cases.items():
        if key not in ("object", "numpy-in-list", "surrogate", "default"):
            truth[key] = {"type": type(value).__name__, "repr": repr(value)}
    json.dump(truth, open(fresh("values.json"), "w"), indent=0)


def history():
    m = mmapdict(fresh("history.mmdpickle"))
    m["kept"] = "one"
    m["replaced"] = "old"
    m["deleted"] = np.arange(4)
    m["replaced"] = "new"
    del m["deleted"]
    m["last"] = [1, 2, 3]


def pickles():
    value = {"description": "plain", "wavelengths": [400.0, 500.5, 600.0],
             "cube": np.arange(24, dtype="u2").reshape(2, 4, 3), "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
             "when": datetime.datetime(2018, 5, 1), "unsorted": {"b": 1, "a": (2, None)}}
    for protocol in range(6):
        pickle.dump(value, open(fresh(f"plain{protocol}.pickle"), "wb"), protocol)
    pickle.dump([1, 2, 3], open(fresh("list.pickle"), "wb"), 4)


if __name__ == "__main__":
    arrays()
    values()
    history()
    pickles()
