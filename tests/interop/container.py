"""The bytes of the container, taken apart without any library: what the checks of this folder trust.

    header (24) | record | record | ... | terminator (11)

A record is FRAME, length, key, value opcodes, memo field, flag. Standard library only.
"""
import pickletools
import struct

TERMINATOR = b"\x95\x02\0\0\0\0\0\0\0d."
HEADER = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0J\1\0\0\x000J"
LIVE, DEAD = 0x88, 0x30
ARRAY_HEAD = b"\x8c\x16numpy.core.fromnumeric\x8c\x07reshape\x93\x8c\x15numpy.core.multiarray\x8c\x0a"
MASKED_HEAD = b"\x8c\x0dnumpy.ma.core\x8c\x0bMaskedArray\x93"
COMMIT = slice(18, 22)


class Record:
    """One record: where it stands, its key, the span of its value, its memo field and its flag."""

    def __init__(self, data, start, end):
        self.offset, self.end = start, end
        self.key = bytes(data[start + 11:start + 11 + data[start + 10]])
        self.value_at = start + 11 + len(self.key)
        self.value_end = end - 8
        tail = data[end - 8:end]
        self.trailer_ok = tail[0:1] == b"J" and tail[5:6] == b"0" and tail[7:8] == b"0"
        self.memo = struct.unpack("<i", tail[1:5])[0]
        self.flag = tail[6]

    @property
    def live(self):
        return self.flag == LIVE

    @property
    def name(self):
        return self.key.decode("utf8", "surrogatepass")


class Container:
    """The records of a file. `problem` says what is wrong with its structure, None if nothing is.

    With `interrupted`, a terminator that a killed writer was about to turn into the head of a record counts as one where
    plain pickle takes it for one.
    """

    def __init__(self, data, interrupted=False):
        self.data, self.records, self.commit, self.problem, self.end = data, [], None, None, None
        self.interrupted = interrupted
        if len(data) < 24 or data[:18] != HEADER or data[22:24] != b"0(":
            self.problem = "no header"
            return
        self.commit = struct.unpack("<i", data[COMMIT])[0]
        self._walk()

    @classmethod
    def read(cls, path, interrupted=False):
        with open(path, "rb") as file:
            return cls(file.read(), interrupted)

    def _walk(self):
        data, at = self.data, 24
        while data[at:at + 11] != TERMINATOR and not (self.interrupted and self._ends_for_pickle(at)):
            if len(data) - at < 19 or data[at] != 0x95 or data[at + 9] != 0x8C:
                self.problem = f"neither record nor terminator at {at} of {len(data)}: {bytes(data[at:at + 16])!r}"
                return
            length = struct.unpack("<Q", data[at + 1:at + 9])[0]
            end = at + 9 + length
            if end > len(data) or length < 10 + data[at + 10]:
                self.problem = f"record at {at} has the wrong length {length}"
                return
            record = Record(data, at, end)
            if not record.trailer_ok or record.flag not in (LIVE, DEAD):
                self.problem = f"record at {at} has a wrong trailer {bytes(data[end - 8:end])!r}"
                return
            self.records.append(record)
            at = end
        self.end = at
        if at + 11 != len(data):
            self.problem = f"{len(data) - at - 11} bytes after the terminator at {at}"

    def _ends_for_pickle(self, at):
        """A frame of another length, then DICT and STOP; or a byte string up to a POP before the terminator."""
        data = self.data
        if data[at] == 0x95 and data[at + 9:at + 11] == b"d.":
            return True
        end = at + 9 + struct.unpack("<Q", data[at + 1:at + 9].ljust(8, b"\0"))[0]
        return data[at] == 0x8E and data[end:end + 12] == b"0" + TERMINATOR

    def value(self, record):
        return bytes(self.data[record.value_at:record.value_end])

    def live(self):
        """Key to live record, in the order in which a reader has them; the last one of a key counts."""
        found = {}
        for record in self.records:
            if record.live:
                found[record.name] = record
        return found

    def doubles(self):
        names = [record.name for record in self.records if record.live]
        return sorted({name for name in names if names.count(name) > 1})


def spelling(value):
    """How an array is spelled: legacy, modern or portable; None where the value is no array record."""
    if value.startswith(MASKED_HEAD):
        return spelling(value[len(MASKED_HEAD):])
    if not value.startswith(ARRAY_HEAD):
        return None
    name = value[len(ARRAY_HEAD):len(ARRAY_HEAD) + 10]
    if name == b"frombuffer":
        return "modern"
    at = len(ARRAY_HEAD) + 11
    if name != b"fromstring" or value[at:at + 1] != b"\x8e":
        return None
    at += 9 + struct.unpack("<Q", value[at + 1:at + 9])[0]
    at += 2 + value[at + 1]
    return "legacy" if value[at:at + 2] == b"\x86R" else "portable"


def opcodes(value):
    """(name, argument, position) of each opcode of a value."""
    found = [(op.name, arg, at - 2) for op, arg, at in pickletools.genops(b"\x80\x04" + value + b".")]
    return found[1:-1]


def value_problem(value, memo_field):
    """What a value does that one of a sound file does not; None if nothing."""
    try:
        found = opcodes(value)
    except Exception as error:  # whatever pickletools makes of bad bytes
        return f"does not parse: {error}"
    puts = [arg for name, arg, _ in found if name in ("PUT", "BINPUT", "LONG_BINPUT")]
    gets = [arg for name, arg, _ in found if name in ("GET", "BINGET", "LONG_BINGET")]
    names = {name for name, _, _ in found}
    if names & {"PROTO", "FRAME", "STOP", "MEMOIZE"}:
        return f"holds {sorted(names & {'PROTO', 'FRAME', 'STOP', 'MEMOIZE'})}"
    if not set(gets) <= set(puts):
        return f"reads memo entries that it did not set: {sorted(set(gets) - set(puts))}"
    if len(set(puts)) != len(puts):
        return "sets a memo entry twice"
    if puts and memo_field <= max(puts):
        return f"sets memo entry {max(puts)}, its memo field says {memo_field}"
    return None


def first_put(value):
    """The smallest memo entry that a value sets, or None."""
    return min((arg for name, arg, _ in opcodes(value) if name in ("PUT", "BINPUT", "LONG_BINPUT")), default=None)
