"""A value as JSON that two Pythons can compare: types, order, sharing, every bit of a number.

Works without NumPy for values that hold none of its objects.
"""
import hashlib
import json
import re
import struct
import sys

if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)
ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def digest(raw):
    return hashlib.sha256(raw).hexdigest()


def describe(value):
    """The value of one key: an array, a masked array, or anything else."""
    numpy = sys.modules.get("numpy")
    if numpy and type(value) is numpy.ma.MaskedArray:
        data, mask = numpy.ma.getdata(value), numpy.ma.getmaskarray(value)
        return {"kind": "masked", **_array(data), "mask": _array(mask)}
    if numpy and type(value) in (numpy.ndarray, numpy.memmap):
        return {"kind": "array", **_array(value)}
    return {"kind": "value", "is": _walk(value, {})}


def _array(array):
    text = str(array.dtype) if array.dtype.names is None else str(array.dtype.descr)
    found = {"dtype": text, "shape": list(array.shape)}
    if array.dtype.hasobject:
        found["items"] = _walk(array.tolist(), {})
    else:
        found["sha256"] = digest(array.tobytes())
    if array.size <= 20 and array.dtype.names is None and array.dtype.char not in "OgG":
        found["repr"] = repr(array.tolist())
    return found


def _walk(value, seen):
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return {"t": kind.__name__, "v": str(value) if kind is int else value}
    if kind is float:
        return {"t": "float", "v": struct.pack(">d", value).hex()}
    if kind is complex:
        return {"t": "complex", "v": struct.pack(">dd", value.real, value.imag).hex()}
    if kind is bytes:
        return {"t": "bytes", "v": value.hex()}
    if kind in (tuple, frozenset, set, list, dict, bytearray):
        return _container(value, kind, seen)
    return _other(value, kind, seen)


def _container(value, kind, seen):
    if kind in (list, dict, set, bytearray):
        if id(value) in seen:
            return {"t": "again", "v": seen[id(value)]}
        seen[id(value)] = len(seen)
    if kind is bytearray:
        return {"t": "bytearray", "v": value.hex()}
    if kind is dict:
        return {"t": "dict", "v": [[_walk(k, seen), _walk(v, seen)] for k, v in value.items()]}
    items = [_walk(item, seen) for item in value]
    if kind in (set, frozenset):
        items.sort(key=json.dumps)
    return {"t": kind.__name__, "v": items}


def _other(value, kind, seen):
    numpy = sys.modules.get("numpy")
    name = kind.__name__
    if numpy and isinstance(value, numpy.ndarray):
        return {"t": name, "v": _array(value)}
    if numpy and isinstance(value, numpy.generic):
        return {"t": name, "v": [str(value.dtype), value.tobytes().hex()]}
    if numpy and isinstance(value, numpy.dtype):
        return {"t": "dtype", "v": str(value)}
    text = repr(value)
    if ADDRESS.search(text) and hasattr(value, "__dict__"):
        return {"t": name, "v": _walk(vars(value), seen)}
    return {"t": name, "v": ADDRESS.sub(" at 0x...", text)}


def short(found):
    text = json.dumps(found)
    return text if len(text) < 300 else text[:300] + "..."
