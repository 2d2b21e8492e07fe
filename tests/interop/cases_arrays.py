"""Arrays: set from .npy, masked, empty; the three spellings."""
import json
import os
import time

from container import COMMIT, Container, spelling
from describe import describe

DTYPES = ["uint16", "float32", ">f4", "bool", "int64", "complex128", "uint8"]


def sources(kit):
    """The .npy files of the recipes, made once: folder and descriptions."""
    folder = kit.path("npy")
    if not os.path.isdir(folder):
        os.mkdir(folder)
        kit.npy = kit.reference.want("npy", folder=folder)
    return folder, kit.npy


def from_npy(kit):
    """Each array into a file of its own, and all of them into one, where they replace what is there."""
    folder, described = sources(kit)
    for name, desc in described.items():
        path, model = kit.fresh("mixed")
        said = kit.does("set", path, "new", *_source(folder, name, desc))
        if said is None:
            continue
        model.put("new", desc)
        kit.verify(path, model, edits=len(name) % 3 == 0, said=said)
    path, model = kit.fresh("plain_values")
    for turn in range(2):
        for number, (name, desc) in enumerate(described.items()):
            key = f"array {number % 20}"
            if kit.does("set", path, key, *_source(folder, name, desc)) is None:
                return
            model.put(key, desc)
    kit.verify(path, model)


def _source(folder, name, desc):
    base = os.path.join(folder, name)
    mask = ["--mask-npy", base + "-mask.npy"] if desc["kind"] == "masked" else []
    return ["--from-npy", base + ".npy", *mask]


def many_memo(kit):
    """Where values have used up the memo numbers of one byte, new arrays are mapped all the same."""
    folder, described = sources(kit)
    path, model = kit.fresh("all_values")
    kit.check(max(r.memo for r in Container.read(path).records) > 300, "the file of the check has few memo entries")
    for name in ("cube", "masked", "n-big-f8"):
        said = kit.does("set", path, name, *_source(folder, name, described[name]))
        if said is not None:
            model.put(name, described[name])
            kit.verify(path, model, said=said)
    if kit.does("set", path, "value", "[['x', 'x'], 'x']") is not None:
        model.put("value", describe([["x", "x"], "x"]))
        kit.verify(path, model)
        kit.fresh_memo(path)


def npy_versions(kit):
    """Headers of version 2 and 3, and files that are none."""
    folder, described = sources(kit)
    raw = open(os.path.join(folder, "cube.npy"), "rb").read()
    length = int.from_bytes(raw[8:10], "little")
    text, data = raw[10:10 + length], raw[10 + length:]
    for version in (2, 3):
        source = kit.path("version.npy")
        with open(source, "wb") as file:
            file.write(raw[:6] + bytes([version, 0]) + length.to_bytes(4, "little") + text + data)
        path, model = kit.fresh("mixed")
        said = kit.does("set", path, "scan-00000", "--from-npy", source)
        if said is not None:
            model.put("scan-00000", described["cube"])
            kit.verify(path, model, said=said)
    path, _ = kit.fresh("mixed")
    bad = {"cut": raw[:-1], "no header": raw[:8], "empty": b"", "text": b"hello", "version": raw[:6] + b"\x09" + raw[7:],
           "huge shape": raw.replace(b"(20, 30, 40)", b"(20, 30, 4000000000)"), "object": open(os.path.join(folder, "objects.npy"), "rb").read()}
    for name, content in bad.items():
        source = kit.path("bad.npy")
        with open(source, "wb") as file:
            file.write(content)
        kit.refuses(path, "set", path, "new", "--from-npy", source)
    kit.refuses(path, "set", path, "new", "--from-npy", kit.path("not there.npy"))
    kit.refuses(path, "set", path, "new", "--from-npy", os.path.join(folder, "cube.npy"), "--mask-npy", os.path.join(folder, "masked-mask.npy"))


def structured(kit):
    """No record of an array can hold one: refused, or kept as a value that reads back."""
    made = kit.path("structured.npy")
    header = "{'descr': [('a', '<i4'), ('b', '<f8')], 'fortran_order': False, 'shape': (2,), }".ljust(117) + "\n"
    with open(made, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(range(24)))
    path, model = kit.fresh("mixed")
    done = kit.run("set", path, "new", "--from-npy", made)
    if done.returncode == 0:
        now = kit.model(path)
        model.put("new", now.live("new")["desc"])
        model.records[-1]["spelling"] = None
        kit.verify(path, model)


def empty(kit):
    """Arrays without data: the file has the size, not the blocks."""
    for dtype in DTYPES:
        for masked in ([], ["--masked"]):
            path, model = kit.fresh("mixed")
            said = kit.does("set", path, "room", "--empty", "100,200,30", "--dtype", dtype, *masked)
            if said is None:
                continue
            desc = kit.model(path).live("room")["desc"]
            kit.check(desc["shape"] == [100, 200, 30] and desc["kind"] == ("masked" if masked else "array"), f"made {desc}")
            model.put("room", desc)
            blocks = os.stat(path).st_blocks * 512
            kit.check(blocks < 400_000, f"takes {blocks} bytes on the disk")
            kit.verify(path, model, edits=dtype == "uint16", said=said)
            _zeros(kit, path, "room", [[0, 0, 0], [99, 199, 29], [50, 100, 15]], masked)
    path, model = kit.fresh("mixed")
    for shape, dtype in [("-1,2", "uint8"), ("4,x", "uint8"), ("4,4", "no such type"), ("4,4", "object"), ("9999999999,9999999999", "float64")]:
        kit.refuses(path, "set", path, "new", f"--empty={shape}", "--dtype", dtype)


def _zeros(kit, path, key, indices, masked=False):
    found, error = kit.reference.ask("cells", path=path, key=key, indices=indices)
    if kit.check(not error, f"the reference: {error}"):
        kit.check(found["mapped"], f"the reference does not map {key}")
        zero = {repr(0), repr(0.0), repr(False), repr(0j)}
        kit.check(all(cell in zero for cell in found["cells"]), f"cells {found['cells']} of an empty array")


def huge(kit):
    """A sparse array of 40 GB is made and renamed, and a value put behind it, in no time."""
    path, _ = kit.fresh("plain_values")
    started = time.monotonic()
    for args in [("set", path, "room", "--empty", "20000,2000,500", "--dtype", "uint16"), ("set", path, "note", "'x'"), ("mv", path, "room", "moor"), ("rm", path, "a")]:
        if kit.does(*args) is None:
            return
    kit.check(time.monotonic() - started < 5, f"four commands took {time.monotonic() - started:.1f} s")
    kit.check(os.path.getsize(path) > 40e9 and os.stat(path).st_blocks * 512 < 1e6, f"{os.path.getsize(path)} bytes, {os.stat(path).st_blocks} blocks")
    _zeros(kit, path, "moor", [[0, 0, 0], [19999, 1999, 499]])
    done = kit.does("ls", path)
    if done is not None:
        kit.check([e["key"] for e in done["entries"]] == ["moor", "c", "note"] or [e["key"] for e in done["entries"]] == ["c", "moor", "note"],
                  f"keys {[e['key'] for e in done['entries']]}")
    os.remove(path)


def switched(kit):
    """Legacy to modern and back: the same bytes, but for the commit number."""
    for recipe in ("mixed", "all_arrays", "dead_block", kit.sample):
        path, model = kit.fresh(recipe)
        before = open(path, "rb").read()
        said = kit.does("compat", path, "--set", "modern")
        if said is None:
            continue
        for record in model.records:
            record["spelling"] = record["spelling"] and "modern"
        model.commit = said.get("commit", Container.read(path).commit)
        kit.check(len(before) == os.path.getsize(path), "the switch changed the size")
        kit.verify(path, model, edits=recipe == "dead_block", said=said)
        said = kit.does("compat", path, "--set", "legacy")
        if said is not None:
            kit.check(without_commit(open(path, "rb").read()) == without_commit(before), "there and back is not the same bytes")


def without_commit(data):
    return data[:COMMIT.start] + data[COMMIT.stop:]


def portable_untouched(kit):
    """A switch leaves portable arrays alone, and says what it found."""
    folder, described = sources(kit)
    path, model = kit.fresh("mixed")
    for name in ("cube", "masked"):
        if kit.does("set", path, name, *_source(folder, name, described[name])) is None:
            return
        model.put(name, described[name])
    said = kit.does("compat", path, "--set", "modern")
    if said is not None:
        for record in model.records:
            record["spelling"] = "modern" if record["spelling"] == "legacy" else record["spelling"]
        model.commit = Container.read(path).commit
        kit.verify(path, model, edits=False, said=said)
    listed = kit.does("ls", path)
    kit.check(listed and listed["compat"] == "mixed", f"ls calls it {listed and listed['compat']}")


def rewritten(kit):
    """Everything portable, in a new file: every NumPy loads it, the reference maps it."""
    for recipe in ("mixed", "all_arrays", "all_values", "plain_values", kit.sample):
        path, model = kit.fresh(recipe)
        before, out = open(path, "rb").read(), kit.path("portable.mmdpickle")
        if os.path.exists(out):
            os.remove(out)
        if kit.does("compat", path, "--portable", "-o", out) is None:
            continue
        kit.check(open(path, "rb").read() == before, "the original was changed")
        whole = Container.read(out)
        if all(record.live for record in whole.records):
            model.drop_dead()
        for record in model.records:
            record["spelling"] = record["spelling"] and "portable"
        model.commit = whole.commit
        kit.verify(out, model)
    listed = kit.does("ls", out)
    kit.check(listed is not None, "ls of the rewritten file")


def reported(kit):
    """`compat` and `ls --json` name the spelling."""
    folder, described = sources(kit)
    for recipe, want in [("mixed", "legacy"), ("plain_values", "none"), ("all_arrays", "legacy")]:
        path, _ = kit.fresh(recipe)
        listed = kit.does("ls", path)
        kit.check(listed and listed["compat"] == want, f"ls calls it {listed and listed['compat']}, expected {want}")
        kit.does("compat", path)
    path, _ = kit.fresh("plain_values")
    if kit.does("set", path, "new", *_source(folder, "cube", described["cube"])) is not None:
        listed = kit.does("ls", path)
        kit.check(listed and listed["compat"] == "portable", f"ls calls it {listed and listed['compat']}, expected portable")
        kit.check({spelling(Container.read(path).value(r)) for r in Container.read(path).records} == {None, "portable"}, "the new array is not portable")


def copied_by_the_reference(kit):
    """What the reference reads from a portable file and writes to another is the same."""
    folder, described = sources(kit)
    path, model = kit.fresh("plain_values")
    for name in ("n-big-f8", "fortran-3d", "dates", "text", "masked"):
        if kit.does("set", path, name, *_source(folder, name, described[name])) is None:
            return
        model.put(name, described[name])
    for name in ("n-i2", "masked-all"):
        kit.reference.want("put", path=path, key=name, recipe=name)
        model.put(name, described[name], "legacy")
    kit.verify(path, model)
    kit.check(json.dumps(kit.model(path).items()) == json.dumps(model.items()), "records by themselves read otherwise")


CASES = [from_npy, many_memo, npy_versions, structured, empty, huge, switched, portable_untouched, rewritten, reported, copied_by_the_reference]
