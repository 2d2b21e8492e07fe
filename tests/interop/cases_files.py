"""Whole files: plain pickles become containers; damaged files are repaired into new ones."""
import os

from container import TERMINATOR, Container, spelling
from describe import short
from kit import Model


def fresh_out(kit, name="out.mmdpickle"):
    out = kit.path(name)
    if os.path.exists(out):
        os.remove(out)
    return out


def converted(kit):
    """Plain pickles of every protocol, written with the old and with the newest NumPy."""
    for worker in (kit.reference, kit.newest):
        folder = kit.path("pickles-" + worker.name)
        os.mkdir(folder)
        for source in worker.want("pickles", folder=folder):
            _convert(kit, worker, source)


def _convert(kit, worker, source):
    out, path = fresh_out(kit), source["path"]
    before = open(path, "rb").read()
    if source["name"] in ("list", "number-keys", "long-key"):
        kit.refuses(path, "convert", path, out)
        kit.check(not os.path.exists(out), "a refused conversion left a file")
        return
    if source["name"] == "objects":
        _maybe(kit, worker, source, out)
        return
    said = kit.does("convert", path, out)
    if said is None:
        return
    kit.check(open(path, "rb").read() == before, "the original was changed")
    whole = Container.read(out)
    if not kit.check(whole.problem is None, f"structure: {whole.problem}"):
        return
    foreign = worker is kit.newest and source["name"] in ("nested", "shared", "values", "arrays")
    model = _expected(source, whole, {r["key"]: r["desc"] for r in worker.want("records", path=out)["records"]})
    if foreign:  # names that the old NumPy does not know
        kit.plain(kit.newest, out, model.items(), len(whole.data), False)
    else:
        kit.verify(out, model, edits=source["protocol"] in (2, 4), said=said)
    if source["protocol"] >= 3:
        unmapped = [r.name for r, (_, d) in zip(whole.records, model.items()) if d["kind"] == "array" and spelling(whole.value(r)) != "portable"]
        kit.check(not unmapped, f"arrays that did not become mappable: {unmapped}")
    if source["protocol"] == 4 and source["name"] == "values":
        kit.refuses(out, "convert", path, out)


def _expected(source, whole, found):
    """The model of a converted file: everything of the source, in its order; arrays in either byte order."""
    stored = dict(source["stored"])
    items = [(key, stored[key] if found.get(key) == stored[key] else desc) for key, desc in source["items"]]
    records = [{"key": key, "live": True, "desc": desc, "spelling": None} for key, desc in items]
    for record, have in zip(records, whole.records):
        if record["desc"]["kind"] != "value":
            record["spelling"] = spelling(whole.value(have))
    return Model({"commit": whole.commit, "records": records})


def _maybe(kit, worker, source, out):
    """Arrays that no record can hold are kept as values or refused, never changed."""
    done = kit.run("convert", source["path"], out)
    if done.returncode == 0:
        whole = Container.read(out)
        kit.plain(worker, out, [tuple(item) for item in source["items"]], len(whole.data), False)
    else:
        kit.check(not os.path.exists(out), "a refused conversion left a file")


def containers_stay(kit):
    """A container is not converted, and no pickle is converted over itself."""
    path, _ = kit.fresh("mixed")
    done = kit.run("convert", path, fresh_out(kit))
    kit.check(done.returncode in (0, 2), f"exit {done.returncode}")
    kit.refuses(path, "convert", path, path)


def mend(kit, path, must, may=(), name=""):
    """Repairs a damaged file into a new one: what must be kept is there, nothing is there that was never written."""
    before, out = open(path, "rb").read(), fresh_out(kit, "repaired.mmdpickle")
    kit.run("repair", path, "--dry-run", "-o", out)
    kit.check(open(path, "rb").read() == before and not os.path.exists(out), f"{name}: a dry run wrote something")
    done = kit.run("repair", path, "-o", out, "--json")
    kit.check(open(path, "rb").read() == before, f"{name}: the damaged file was changed")
    if done.returncode not in (0, 1) or not os.path.exists(out):
        kit.check(not must, f"{name}: not repaired, exit {done.returncode}: {done.stderr[-200:]!r}; kept should be {[r['key'] for r in must]}")
        return None
    whole = Container.read(out)
    if not kit.check(whole.problem is None, f"{name}: repaired: {whole.problem}"):
        return None
    model = kit.model(out)
    have = dict(model.items())
    for record in must:
        kit.check(have.get(record["key"]) == record["desc"], f"{name}: {record['key']!r} is {short(have.get(record['key']))}")
    known = [(r["key"], r["desc"]) for r in list(must) + list(may)]
    strange = [key for key, desc in have.items() if (key, desc) not in known and not _rows_of(key, desc, may)]
    kit.check(not strange, f"{name}: what was never written: {strange}")
    kit.verify(out, model, edits=len(before) % 4 == 0)
    return model


def _rows_of(key, desc, may):
    """Whether it is the complete rows of an array that was cut."""
    whole = next((r["desc"] for r in may if r["key"] == key), None)
    return bool(whole and desc["kind"] == whole["kind"] != "value" and desc["dtype"] == whole["dtype"]
                and desc["shape"][1:] == whole["shape"][1:] and desc["shape"][0] < whole["shape"][0])


def cut(kit):
    """Cut at every place of the last records, and at many before."""
    path, model = kit.fresh("mixed")
    whole = Container.read(path)
    data = whole.data
    places = set(range(len(data) - 45, len(data))) | {0, 1, 2, 11, 18, 23, 24, 25, 34}
    for record in whole.records:
        places |= {record.offset, record.offset + 1, record.offset + 9, record.value_at, record.value_end - 1, record.value_end, record.end - 1}
        places.add((record.value_at + record.value_end) // 2)
    for place in sorted(places):
        broken = kit.path("broken.mmdpickle")
        with open(broken, "wb") as file:
            file.write(data[:place])
        entire = [(r, m) for r, m in zip(whole.records, model.records) if r.end <= place]
        must = [m for _, m in entire if m["live"]]
        mend(kit, broken, must, may=model.records, name=f"cut at {place} of {len(data)}")


def rubbish(kit):
    """Bytes that do not belong there: at the end, before the terminator, between records, over a frame's head."""
    path, model = kit.fresh("mixed")
    whole = Container.read(path)
    data, end = whole.data, whole.end
    live = [m for m in model.records if m["live"]]
    after = {"zeros": bytes(100), "text": b"hello world", "a second terminator": TERMINATOR, "part of a terminator": TERMINATOR[:5], "one byte": b"."}
    for name, extra in after.items():
        _mend_bytes(kit, data + extra, live, model, f"behind the end: {name}")
        _mend_bytes(kit, data[:end] + extra[-8:] + data[end:], live, model, f"before the terminator: {name}")
    middle = whole.records[4]
    for name, raw in {"between records": data[:middle.offset] + b"rubbish" + data[middle.offset:],
                      "no frame": data[:middle.offset] + b"\0" + data[middle.offset + 1:],
                      "long frame": data[:middle.offset + 1] + b"\xff" * 7 + data[middle.offset + 8:],
                      "short frame": data[:middle.offset + 1] + b"\1" + data[middle.offset + 2:],
                      "trailer": data[:middle.end - 8] + b"K" + data[middle.end - 7:]}.items():
        untouched = [m for r, m in zip(whole.records, model.records) if m["live"] and r is not middle]
        _mend_bytes(kit, raw, untouched, model, name)


def _mend_bytes(kit, raw, must, model, name):
    broken = kit.path("broken.mmdpickle")
    with open(broken, "wb") as file:
        file.write(raw)
    mend(kit, broken, must, may=model.records, name=name)


def half_written(kit):
    """What a reference process leaves that dies in the middle of a set; also, the next edit by us goes on from there."""
    for key, recipe in [("new", "n-i2"), ("array", "n-f8"), ("fresh", "masked")]:
        path, model = kit.fresh("mixed")
        old = open(path, "rb").read()
        kit.reference.want("put", path=path, key=key, recipe=recipe)
        whole = Container.read(path)
        after = kit.model(path)
        record, new = whole.records[-1], whole.data
        base = new[:record.offset] if model.live(key) else old[:record.offset]
        space = base + TERMINATOR + bytes(len(record.key))
        value = whole.value(record)
        before = [m for m in after.records[:-1] if m["live"]]
        stops = {"half of the value": space + value[:len(value) // 2], "value": space + value, "head": new[:record.value_end],
                 "memo field": new[:record.end - 3], "flag": new[:record.end], "count": old[18:22] and new[:18] + old[18:22] + new[22:]}
        for name, raw in stops.items():
            must = before + ([after.records[-1]] if name == "count" else [])
            label = f"{key}, stopped after {name}"
            _mend_bytes(kit, raw, must, after, label)
            _next_edit(kit, raw, must, after, label)


def _next_edit(kit, raw, must, after, name):
    """A set on such a file works and leaves a sound one, or is refused and leaves it as it is."""
    path = kit.path("half.mmdpickle")
    with open(path, "wb") as file:
        file.write(raw)
    done = kit.run("set", path, "next", "'edit'")
    if done.returncode != 0:
        kit.check(open(path, "rb").read() == raw and done.stderr.strip(), f"{name}: a refused edit changed the file or said nothing")
        return
    whole = Container.read(path)
    if not kit.check(whole.problem is None, f"{name}: after the next edit: {whole.problem}"):
        return
    model = kit.model(path)
    have = dict(model.items())
    lost = [m["key"] for m in must if have.get(m["key"]) != m["desc"]]
    kit.check(not lost and "next" in have, f"{name}: the next edit lost {lost}")
    kit.verify(path, model)


def sound(kit):
    """Repairing what is not broken keeps everything."""
    for recipe in ("mixed", "all_arrays", "all_values"):
        path, model = kit.fresh(recipe)
        mend(kit, path, [m for m in model.records if m["live"]], may=model.records, name="sound " + recipe)


CASES = [converted, containers_stay, cut, rubbish, half_written, sound]
