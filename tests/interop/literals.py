#!/usr/bin/env python3
"""Thousands of values as text, of every class that can be written so: each is refused, or Python loads the file.

usage: literals.py make FOLDER [--seed N] [--count N]     makes texts up: FOLDER/N.texts.json; --seed random for other ones
       literals.py check FOLDER                           loads what the program made of them, with the NumPy at hand

In between, `CUBESCOPE_LITERALS=FOLDER cargo test --test core literal_batches` writes the files. A text that is taken has to
be what Python's own `eval` makes of it; after all keys are deleted the file has to load as well. What Python takes and the
program does not is counted, and may be a small part only.
"""
import collections
import datetime
import decimal
import fractions
import json
import os
import pathlib
import pickle
import random
import sys
import uuid
import warnings
import zoneinfo

BATCH = 250
# Of all texts that Python takes, so many may be refused, in percent. Most of those are refused on purpose: what would be
# rounded or cut (numpy.int8(3.7)), become infinity, or need numbers to be computed.
MOST_REFUSED = 12


def main():
    if sys.argv[1:2] == ["make"] and len(sys.argv) > 2:
        options = dict(zip(sys.argv[3::2], sys.argv[4::2]))
        seed = options.get("--seed", "7")
        make(sys.argv[2], random.randrange(1 << 30) if seed == "random" else int(seed), int(options.get("--count", "6000")))
    elif sys.argv[1:2] == ["check"] and len(sys.argv) == 3:
        sys.exit(check(sys.argv[2]))
    else:
        sys.exit(__doc__)


# --- made up ---------------------------------------------------------------------------------------

INTS = ["0", "1", "-1", "2", "23", "24", "59", "60", "127", "128", "255", "256", "-128", "-129", "32767", "65535", "65536", "2147483647",
        "-2147483648", "4294967295", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "10**3".replace("**", "0"), "True", "False", "1" + "0" * 309, "-1" + "0" * 400]
FLOATS = ["0.0", "-0.0", "1.5", "-2.75", "0.1", "1e-300", "1e300", "1.7976931348623157e308", "1e400", "65504.0", "65520.0", "3.4e38", "3.5e38",
          "nan", "inf", "-inf", "float('inf')", "float('-nan')", "float('1e5')", "3.0", "1e22", "0.5", "935.9207153320312"]
TEXTS = ["''", "'a'", "'a\\x00'", "'\\u20ac'", "'\\U0001f600'", "'\\ud800'", "'1'", "'1.5'", "'nan'", "'x y'", "'Europe/Zurich'"]
BYTES = ["b''", "b'a'", "b'a\\x00'", "b'\\xff'", "b'0123456789abcdef'", "bytes(3)", "bytes([1, 255])", "bytes([256])", "bytes('\\xe9', 'latin-1')",
         "bytes('\\u20ac', 'ascii')", "bytes('x')"]
UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "25us", "3D", "0s", "2147483647s", "2147483648s", "x", ""]
CODES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "f3", "i3", "S5", "U5", "V5", "S0", "U0", "V0", "M8", "m8",
         "M8[s]", "m8[25us]", "M8[x]", "float32", "uint8", "bool", "complex128", "O", "x", "", "U536870911", "U536870912", "S2147483647", "S2147483648"]
SCALARS = ["bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.depth = 0

    def pick(self, options):
        return self.random.choice(options)

    def int(self, low, high):
        """Mostly within the limits, and often at one of them, or beyond."""
        kind = self.random.randrange(10)
        if kind < 6:
            return str(self.random.randint(low, high))
        return str(self.pick([low, high, low - 1, high + 1, 0, -1, high * 1000]))

    def any(self):
        self.depth += 1
        leaves = [self.number, self.text, self.date, self.delta, self.zone, self.decimal, self.fraction, self.uuid, self.path, self.scalar,
                  self.numpy_date, self.dtype, self.range, self.complex, self.bytes, self.array]
        boxes = [self.list, self.tuple, self.set, self.dict, self.ordered, self.default, self.counter, self.deque, self.frozenset, self.slice]
        made = self.pick(leaves + (boxes if self.depth < 4 else []))()
        self.depth -= 1
        return made

    def number(self):
        return self.pick([self.pick(INTS), self.pick(FLOATS), "None", "True", f"int({self.pick(TEXTS + INTS + FLOATS)})",
                          f"float({self.pick(TEXTS + INTS + FLOATS)})", f"bool({self.pick(INTS + FLOATS + TEXTS)})", repr(self.random.uniform(-1e6, 1e6)),
                          repr(self.random.getrandbits(200)), "Ellipsis", "NotImplemented"])

    def text(self):
        return self.pick(TEXTS)

    def bytes(self):
        return self.pick(BYTES + [f"bytearray({b})" for b in BYTES + ["5", "-1", "[1, 2]", "[1, 256]", "'x'", "'x', 'utf-8'"]])

    def complex(self):
        parts = INTS[:8] + FLOATS + ["2j", "1+2j", "1" + "0" * 309]
        return self.pick([f"{self.pick(FLOATS[:8])}j".replace("--", "-"), f"complex({self.pick(parts)}, {self.pick(parts)})", f"complex({self.pick(parts)})",
                          f"complex({self.pick(['1+2j', '-1-2j', '1 + 2j', '(1+2j)', 'j', 'x', '1e5j', '1+j', ''])!r})", "complex()"])

    def range(self):
        return f"range({', '.join(self.pick(INTS) for _ in range(self.random.randrange(1, 4)))})"

    def slice(self):
        return f"slice({', '.join(self.any() for _ in range(self.random.randrange(1, 4)))})"

    # dates

    def zone(self):
        kind = self.random.randrange(6)
        if kind == 0:
            return "datetime.timezone.utc"
        if kind < 3:
            keys = ["Europe/Zurich", "UTC", "America/New_York", "Etc/GMT+5", "Europe/Zurch", "", "utc", "Asia/Kolkata", "../etc/passwd", "/etc/localtime"]
            return f"zoneinfo.ZoneInfo({self.pick(['', 'key='])}{self.pick(keys)!r})"
        if kind == 3:
            return f"datetime.timezone({self.delta()})"
        name = self.pick(["", ", 'CET'", ", name='x'", ", None", ", 5"])
        minutes = self.pick([f"hours={self.int(-23, 23)}", f"minutes={self.int(-1439, 1439)}", f"seconds={self.int(-86399, 86399)}",
                             f"hours=23, minutes=59, seconds=59, microseconds={self.int(0, 999999)}", "0", "days=1", "days=-1"])
        return f"datetime.timezone(datetime.timedelta({minutes}){name})"

    def clock(self):
        parts = [self.int(0, 23), self.int(0, 59), self.int(0, 59), self.int(0, 999999)]
        return parts[:self.random.randrange(5)]

    def rest(self):
        zones = [[f"tzinfo={self.zone()}"]] * 3 + [["tzinfo=None"], ["tzinfo=datetime.timedelta(1)"], ["tzinfo=5"], ["tzinfo='UTC'"]]
        return self.pick([[], [], *zones]) + self.pick([[], [], [], ["fold=1"], ["fold=2"], ["fold=0"]])

    def date(self):
        day = [self.int(1, 9999), self.int(1, 12), self.int(1, 28) if self.random.random() < 0.8 else self.int(28, 31)]
        kind = self.random.randrange(4)
        if kind == 0:
            return f"datetime.date({', '.join(day)})"
        if kind == 1:
            return f"datetime.time({', '.join(self.clock() + self.rest())})"
        return f"datetime.datetime({', '.join(day + self.clock() + self.rest())})"

    def delta(self):
        names = ["days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"]
        parts = []
        for name in self.random.sample(names, self.random.randrange(3)):
            value = self.pick([self.int(-999999999, 999999999), self.int(-5, 5), self.pick(FLOATS), repr(self.random.uniform(-1e5, 1e5)), "0.5", "1e-7",
                               "0.0000005", "1.0000015"])
            parts.append(f"{name}={value}")
        return f"datetime.timedelta({', '.join(parts)})"

    # numbers as objects

    def decimal(self):
        texts = ["1.50", "-0", "1e5", "1E+999999999999999999", "1E+1000000000000000000", "10e999999999999999999", "1e-1999999999999999997",
                 "1e-1999999999999999998", "0e1000000000000000000", "0e99999999999999999999999999999", "nan", "NaN123", "sNaN", "-sNaN5", "inf", "-Infinity",
                 "infinit", "1_000", "_1", "1__0", " 2 ", "1 2", "1e", "e5", ".", "5.", ".5", "+5", "--5", "0x5", "", "1e+-5", "9" * 200, "٣"]
        return self.pick([f"decimal.Decimal({self.pick(texts)!r})", f"Decimal({self.pick(texts)!r})", f"decimal.Decimal({self.pick(INTS + FLOATS)})",
                          "decimal.Decimal()", "decimal.Decimal((0, (1, 2), -1))", "decimal.Decimal((2, (1,), 0))", "decimal.Decimal((1, (), 'F'))",
                          f"decimal.Decimal('{self.random.uniform(-1e9, 1e9)}')"])

    def fraction(self):
        texts = ["3/4", "-3/4", " 3/4 ", "3/-4", "1/0", "1.5", "1e3", ".5", "x", "", "1_0", "1e5000", "3/4/5", "+1/2", "nan"]
        numbers = INTS[:12] + FLOATS[:6] + ["nan", "inf", "fractions.Fraction(1, 3)", "decimal.Decimal('1.5')"]
        return self.pick([f"fractions.Fraction({self.pick(texts)!r})", f"Fraction({self.pick(numbers)})",
                          f"fractions.Fraction({self.pick(numbers)}, {self.pick(numbers)})", "fractions.Fraction()"])

    def uuid(self):
        texts = ["12345678-1234-5678-1234-567812345678", "{12345678123456781234567812345678}", "urn:uuid:12345678-1234-5678-1234-567812345678", "1234", "",
                 "g" * 32, "1234567812345678123456781234567_"]
        return self.pick([f"uuid.UUID({self.pick(texts)!r})", f"uuid.UUID(int={self.pick(INTS)})", f"uuid.UUID(bytes={self.pick(BYTES)})", "UUID(hex='" + "0" * 32 + "')",
                          "uuid.UUID()"])

    def path(self):
        classes = ["PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath", "PurePath", "Path"]
        parts = ["''", "'a'", "'/'", "'/a/b'", "'//a'", "'///a'", "'a/./b//c/'", "'..'", "'C:/x'", "'C:x'", "'//server/share/x'", "'a\\\\b'", "'\\x00'", "b'a'", "5", "None"]
        if self.random.random() < 0.3:
            return f"pathlib.PurePosixPath({self.pick(parts[:8])}, {self.pick(parts[:8])})"
        return f"pathlib.{self.pick(classes)}({self.pick(parts)})"

    # NumPy

    def scalar(self):
        kind = self.random.randrange(8)
        module = self.pick(["numpy", "np"])
        if kind == 0:
            return f"{module}.str_({self.pick(TEXTS)})"
        if kind == 1:
            return f"{module}.{self.pick(['bytes_', 'void'])}({self.pick(BYTES)})"
        parts = INTS + FLOATS + ["'5'", "'1.5'", "'x'", "1+2j", "2j", "None", "3.7"]
        return f"{module}.{self.pick(SCALARS)}({self.pick(parts)})"

    def numpy_date(self):
        dates = ["2018-05-01", "2018-05", "2018", "2018-05-01T01", "2018-05-01T01:02:03", "2018-05-01 01:02:03.004", "1969-12-31T23:59:59.999999", "2018-02-30",
                 "0000-01-01", "-001-12-31", "9999-12-31", "2018-13-01", "NaT", "x", "", "2262-04-11T23:47:16.854775807", "2262-04-11T23:47:16.854775808",
                 "2018-05-01T25", "20180501", "2018-5-1"]
        unit = self.pick(["", f", {self.pick(UNITS)!r}"])
        return self.pick([f"numpy.datetime64({self.pick(dates)!r}{unit})", f"numpy.timedelta64({self.pick(INTS + ['1.5', repr('NaT'), repr('5')])}{unit})"])

    def dtype(self):
        order = self.pick(["", "<", ">", "=", "|"])
        fields = [f"('{n}', '{order}{self.pick(CODES)}'{self.pick(['', '', ', (2,)', ', 3'])})" for n in self.random.sample("abcd", self.random.randrange(1, 4))]
        return self.pick([f"numpy.dtype({order + self.pick(CODES)!r})", f"numpy.dtype([{', '.join(fields)}])"])

    def array(self):
        code = self.pick(["u1", "i2", ">i4", "f4", "f8", "bool", "c8", "S3", "U2", "M8[s]", "x", "O", "V2"])
        cells = {"S3": "[b'a', b'abcd']", "U2": "['a', 'abc']", "M8[s]": "['2018-05-01', 'NaT']", "V2": "[b'ab', b'c']"}.get(code)
        cells = cells or self.pick(["[]", "[1, 2]", "[[1, 2], [3, 4]]", "[[], []]", "[[1], [2, 3]]", "5", "[300, -1]", "[0.5, nan]", "[True]", "[1e300]", "['x']"])
        return f"numpy.array({cells}, dtype={code!r})"

    # containers

    def items(self):
        return ", ".join(self.any() for _ in range(self.random.randrange(4)))

    def keys(self):
        """Mostly hashable."""
        kinds = [self.number, self.text, self.date, self.decimal, self.fraction, self.uuid, self.path, self.scalar, self.numpy_date, self.zone, self.tuple, self.any]
        return [self.pick(kinds)() for _ in range(self.random.randrange(4))]

    def list(self):
        return self.pick([f"[{self.items()}]", f"list([{self.items()}])", "list('ab')", "list(range(3))", "list(5)"])

    def tuple(self):
        items = self.items()
        return self.pick([f"({items},)" if items else "()", f"tuple([{items}])"])

    def set(self):
        keys = ", ".join(self.keys())
        return self.pick([f"{{{keys}}}" if keys else "set()", f"set([{keys}])", "set('aba')"])

    def frozenset(self):
        return f"frozenset([{', '.join(self.keys())}])"

    def mapping(self):
        return ", ".join(f"{key}: {self.any()}" for key in self.keys())

    def pairs(self):
        return ", ".join(f"({key}, {self.any()})" for key in self.keys())

    def dict(self):
        return self.pick([f"{{{self.mapping()}}}", f"dict([{self.pairs()}])", "dict(a=1, b=2)"])

    def ordered(self):
        return self.pick([f"collections.OrderedDict({{{self.mapping()}}})", f"collections.OrderedDict([{self.pairs()}])", "collections.OrderedDict([([], 1)])",
                          "collections.OrderedDict([1])", "OrderedDict(a=1)", "collections.OrderedDict([(1, 2, 3)])"])

    def default(self):
        factory = self.pick(["list", "int", "dict", "set", "None", "str", "float", "5", "'list'"])
        return f"collections.defaultdict({factory}, {{{self.mapping()}}})"

    def counter(self):
        return self.pick([f"collections.Counter({{{self.mapping()}}})", "collections.Counter('abca')", f"collections.Counter([{', '.join(self.keys())}])",
                          "collections.Counter(a=2)", "collections.Counter([[]])", "collections.Counter(5)"])

    def deque(self):
        most = self.pick(["", "", f", {self.pick(INTS)}", f", maxlen={self.pick(INTS)}", ", None", ", 1.5", ", maxlen='3'"])
        return f"collections.deque([{self.items()}]{most})"


def make(folder, seed, count):
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith((".json", ".mmdpickle")):
            os.unlink(os.path.join(folder, name))
    maker, texts, seen = Maker(seed), [], set()
    while len(texts) < count:
        text = maker.any()
        if text not in seen and len(text) < 1500:
            seen.add(text)
            texts.append(text)
    for at in range(0, count, BATCH):
        with open(os.path.join(folder, f"{at // BATCH:03}.texts.json"), "w") as out:
            json.dump(texts[at:at + BATCH], out)
    print(f"{count} texts, seed {seed}")


# --- checked ---------------------------------------------------------------------------------------

def namespace():
    import numpy
    names = {module.__name__: module for module in (collections, datetime, decimal, fractions, pathlib, uuid, zoneinfo, numpy)}
    names.update({name: getattr(collections, name) for name in ("OrderedDict", "Counter", "defaultdict", "deque")})
    names.update(np=numpy, Decimal=decimal.Decimal, Fraction=fractions.Fraction, UUID=uuid.UUID, inf=float("inf"), nan=float("nan"))
    return names


def canon(value):
    """Something that is equal for what is the same, NaN and the order of dicts included."""
    kind = type(value)
    if kind in (list, tuple, collections.deque):
        return kind, getattr(value, "maxlen", None), [canon(item) for item in value]
    if kind in (set, frozenset):
        return kind, sorted(map(repr, map(canon, value)))
    if isinstance(value, dict):
        return kind, getattr(value, "default_factory", None), [(canon(key), canon(item)) for key, item in value.items()]
    if kind is slice:
        return kind, canon(value.start), canon(value.stop), canon(value.step)
    if kind is complex:
        # `-2j` is what Python prints, and reads as -0-2j.
        return kind, repr(complex(value.real + 0.0, value.imag))
    if kind.__name__ == "ndarray":
        # Arrays are in the byte order of the machine once they are loaded.
        return kind, value.dtype.newbyteorder("="), value.shape, repr(value.tolist())
    return kind, repr(value)


def evaluated(text, names):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return canon(eval(text, dict(names))), None
    except RecursionError:
        raise
    except Exception as error:
        return None, f"{type(error).__name__}: {str(error)[:80]}"


def load(path):
    with open(path, "rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pickle.load(file)


def culprits(path):
    """Entries that do not load by themselves."""
    from container import Container
    whole = Container.read(path)
    for record in whole.records:
        try:
            pickle.loads(b"\x80\x04" + bytes(whole.value(record)) + b".")
        except Exception as error:
            yield record.name, f"{type(error).__name__}: {str(error)[:80]}"


def check(folder):
    import numpy
    names = namespace()
    failed, counts, refused = 0, collections.Counter(), collections.Counter()
    examples = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".texts.json"):
            continue
        batch = os.path.join(folder, name[:-len(".texts.json")])
        texts, said = (json.load(open(f"{batch}.{part}.json")) for part in ("texts", "said"))
        loaded = {}
        for path in (f"{batch}.deleted.mmdpickle", f"{batch}.mmdpickle"):
            try:
                loaded = load(path)
            except Exception as error:
                failed += 1
                print(f"FAIL {path}: {type(error).__name__}: {error}")
                for key, why in culprits(path):
                    print(f"     {texts[int(key[1:])]}: {why}")
        for at, (text, why) in enumerate(zip(texts, said)):
            want, error = evaluated(text, names)
            counts["python takes"] += error is None
            counts["taken"] += why is None
            if why is None and error is None and f"k{at}" in loaded and canon(loaded[f"k{at}"]) != want:
                failed += 1
                print(f"FAIL {text}: Python makes {want} of it, the file has {canon(loaded[f'k{at}'])}")
            if why is None and error is not None:
                failed += 1
                print(f"FAIL {text} is taken, Python refuses it: {error}")
            if why is not None and error is None:
                counts["only python takes"] += 1
                refused[why.partition(": ")[2][:60]] += 1
                examples.append(f"{text[:100]}: {why[:100]}")
    rate = 100 * counts["only python takes"] / max(1, counts["python takes"])
    print(f"NumPy {numpy.__version__}: {dict(counts)}; of what Python takes {rate:.1f} % is refused")
    for why, count in refused.most_common(40 if "-v" in os.environ.get("LITERALS", "") else 6):
        print(f"     {count} × {why}")
    if os.environ.get("LITERALS"):
        print("\n".join(random.Random(1).sample(examples, min(60, len(examples)))))
    if rate > MOST_REFUSED:
        failed += 1
        print("FAIL too much is refused")
    print(f"{failed} failed")
    return 1 if failed else 0


main()
