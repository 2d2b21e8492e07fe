"""What the files hold that the checks start from. Needs NumPy."""
import collections
import datetime
import decimal
import fractions
import uuid

import numpy as np

KEYS = ["description", "Ключ µ", "日本 語", "emoji 🌈", "with\nnewline and 'quotes\"", "-dash", "k" * 255, "é" * 127, " "]
NUMBERS = ["bool", "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16",
           ">i2", ">i4", ">i8", ">u2", ">f4", ">f8", ">c16"]


def _numbers(dtype, shape):
    count = int(np.prod(shape))
    raw = (np.arange(count * 16, dtype="u8") * 2654435761 % 251).astype("u1")
    if np.dtype(dtype).kind == "b":
        return (raw[:count] % 3 == 0).reshape(shape)
    if np.dtype(dtype).kind in "fc":
        made = (raw[:count].astype("f8") / 8 - 11).astype(dtype)
        if count > 3:
            made[0], made[1], made[2] = np.nan, np.inf, -0.0
        return made.reshape(shape)
    return np.frombuffer(raw.tobytes()[:count * np.dtype(dtype).itemsize], dtype).reshape(shape)


def arrays():
    """Arrays by name: dtypes, orders, shapes, masked ones."""
    made = {}
    for dtype in NUMBERS:
        made["n-" + dtype.strip("<").replace(">", "big-")] = _numbers(dtype, (3, 5))
    made["fortran"] = np.asfortranarray(_numbers("<f4", (4, 6)))
    made["fortran-3d"] = np.asfortranarray(_numbers(">i2", (3, 4, 5)))
    made["strided"] = _numbers("<i4", (6, 8))[::2, ::-3]
    for shape in [(1,), (7,), (300, 2), (70000,), (2, 3, 4), (2, 1, 3, 2), (1, 2, 1, 2, 1, 2, 1)]:
        made["shape-" + "x".join(map(str, shape))] = _numbers("u1", shape)
    made["zero-d"] = np.array(2.5)
    made["empty"] = np.zeros((0,), "<f8")
    made["empty-2d"] = np.zeros((3, 0, 2), "<u2")
    made["dates"] = np.array(["2018-05-01", "NaT", "1969-12-31"], "M8[D]")
    made["times"] = np.array([0, -1, 2**62], "M8[ns]")
    made["delta"] = np.array([[1, -5]], "m8[25us]")
    made["dates-big"] = np.array(["2018-05-01T12:30:15"], ">M8[s]")
    made["bytes"] = np.array([[b"ab", b"c"], [b"", b"xyz"]])
    made["text"] = np.array(["x", "yé", "日本"])
    made["text-big"] = np.array(["x", "yé"], ">U4")
    made["void"] = np.frombuffer(b"abcdefghij", "V5")
    made["long"] = np.array([1, 2, 3], "g") / 3
    base = _numbers("<f8", (2, 3, 4))
    made["masked"] = np.ma.array(base, mask=_numbers("bool", (2, 3, 4)))
    made["masked-none"] = np.ma.array(_numbers("<u2", (4, 4)), mask=np.zeros((4, 4), bool))
    made["masked-all"] = np.ma.array(_numbers(">f4", (5,)), mask=np.ones(5, bool))
    made["cube"] = (np.arange(20 * 30 * 40) % 4093).astype("<u2").reshape(20, 30, 40)
    return made


READABLE = [name for name in arrays() if name not in ("zero-d",)]
UNMAPPABLE = ["empty", "empty-2d"]  # nothing there to map


class Unknown:
    """An object that only this program could make sense of."""

    def __init__(self):
        self.size = 3
        self.parts = ["a", {"b": 2}]


def values():
    """Values by name, as Python programs store them."""
    shared = [1, "two"]
    loop = ["self"]
    loop.append(loop)
    zone = datetime.timezone(datetime.timedelta(hours=1))
    return {
        "none": None, "true": True, "int": -5, "big": 2**200 + 1, "float": 0.1, "nan": float("nan"), "text": "Reflectance µ 日本 🌈",
        "long text": "spectral " * 400, "surrogate": "a\ud800b", "bytes": b"\0\xff'", "long bytes": bytes(range(256)) * 3,
        "bytearray": bytearray(b"xyz"), "list": [1, 2.5, "three", None], "tuple": (1, (2, (3,)), ()), "set": {1, "a", (2, 3)},
        "frozenset": frozenset([7, "x"]), "dict": {"z": 1, "a": {2: b"x"}, (1, 2): None}, "shared": [shared, shared, {"again": shared}],
        "loop": loop, "repeated text": ["band", "band", ("band", {"band": "band"})], "complex": 1.5 - 2j, "long list": list(range(3000)),
        "many texts": [f"text {i}" for i in range(400)] * 2,
        "date": datetime.date(2018, 5, 1), "datetime": datetime.datetime(2018, 5, 1, 12, 30, 59, 250000, tzinfo=zone),
        "delta": datetime.timedelta(days=2, seconds=5), "decimal": decimal.Decimal("1.50"), "fraction": fractions.Fraction(3, 4),
        "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"), "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
        "default": collections.defaultdict(list, {"k": [1]}), "range": range(1, 10, 2), "slice": slice(1, None, 2),
        "numpy float": np.float32(0.1), "numpy int": np.int16(-3), "numpy dtype": np.dtype(">f8"),
        "array in list": [np.arange(12, dtype="<i4").reshape(3, 4), {"f": np.asfortranarray(np.ones((2, 3)))}],
        "masked in list": [np.ma.array([1.0, 2.0], mask=[True, False])], "unknown": Unknown(),
    }


def mixed(to):
    """A small capture with history: replaced and deleted values and arrays, unicode keys."""
    to["description"] = "old title\nframe rate: 10"
    to["wavelengths"] = [400.0 + 5 * i for i in range(40)]
    to["scan-00000"] = arrays()["cube"]
    to["gone"] = {"a": [1, 2]}
    for key in KEYS[1:]:
        to[key] = [key, {"key": key}]
    to["scan-00000-p"] = {"integration_time": 25, "d0_start_time": datetime.datetime(2018, 5, 1, 12, 30)}
    to["refl"] = arrays()["masked"]
    to["array"] = np.arange(10, dtype="<i4")
    to["twice"] = "first"
    to["dead array"] = np.arange(600, dtype="<f8")
    to["twice"] = ["second"]
    to["description"] = "title\nframe rate: 12"
    del to["gone"]
    del to["dead array"]
    to["array"] = np.arange(12, dtype="<i4").reshape(3, 4)
    to["twice"] = ("third", 3)


def all_values(to):
    """Every value once."""
    for key, value in values().items():
        to[key] = value


def all_arrays(to):
    """Every array that the reference can read back."""
    for name in READABLE:
        to[name] = arrays()[name]


def plain_values(to):
    """No array anywhere: every NumPy loads it."""
    to["a"] = 1
    to["b"] = ["x", "x"]
    to["a"] = 2
    to["c"] = {"d": (1, 2)}
    del to["b"]


def dead_block(to):
    """A large dead array between two that live."""
    to["before"] = np.arange(100000, dtype="<u4")
    to["dead"] = np.full(8 << 20, 7, "u1")
    to["after"] = np.arange(50000, dtype="<f8")
    del to["dead"]
    to["note"] = "kept"


CONTAINERS = {f.__name__: f for f in (mixed, all_values, all_arrays, plain_values, dead_block)}


def plain():
    """Plain pickles by name; those that are no dict of text keys cannot become a container."""
    simple = {key: value for key, value in values().items() if key not in ("unknown", "surrogate")}
    made = arrays()
    shared = made["cube"][:2]
    return {
        "values": simple,
        "arrays": {name: made[name] for name in READABLE if name not in ("strided", "masked-none", "masked-all", "long")},
        "nested": {"in dict": {"cube": made["cube"], "list": [made["n-f8"], made["fortran"]]}, "description": "x"},
        "shared": {"one": shared, "two": shared, "list": [shared], "text": "one"},
        "objects": {"o": np.array([1, "x", None], object), "structured": np.zeros(3, [("a", "<i4"), ("b", "<f8")]), "x": 1},
        "none": {},
        "list": [1, 2, 3],
        "number-keys": {1: "a", 2: "b"},
        "long-key": {"k" * 256: 1},
    }
