"""History: what was replaced or deleted, brought back, and what is left after freeing space."""
import ctypes
import os
import stat

from container import Container
from describe import describe


def listed_offsets(said):
    """Every number called offset, however deep."""
    if isinstance(said, dict):
        own = {said["offset"]} if isinstance(said.get("offset"), int) else set()
        return own.union(*[listed_offsets(item) for item in said.values()])
    if isinstance(said, list):
        return set().union(*[listed_offsets(item) for item in said])
    return set()


def history(kit):
    """Lists every dead version, of all keys or of one; changes nothing."""
    path, _ = kit.fresh("mixed")
    before = open(path, "rb").read()
    whole = Container.read(path)
    dead = {r.offset for r in whole.records if not r.live}
    said = kit.does("history", path)
    if said is not None:
        kit.check(dead <= listed_offsets(said), f"lists {sorted(listed_offsets(said))}, dead are {sorted(dead)}")
    for key in ("twice", "gone", "dead array", "description"):
        own = {r.offset for r in whole.records if not r.live and r.name == key}
        said = kit.does("history", path, key)
        if said is not None:
            kit.check(own <= listed_offsets(said), f"of {key}: lists {sorted(listed_offsets(said))}, dead are {sorted(own)}")
            others = dead - own
            kit.check(not others & listed_offsets(said), f"of {key}: lists versions of other keys")
    kit.check(open(path, "rb").read() == before, "history changed the file")


def restored(kit):
    """Deleted, superseded, one of several; the commit number counts each flag."""
    for key, which in [("gone", -1), ("dead array", -1), ("description", -1), ("array", -1), ("twice", 0), ("twice", 1)]:
        path, model = kit.fresh("mixed")
        dead = [r for r in Container.read(path).records if not r.live and r.name == key]
        args = ["restore", path, key]
        if which >= 0 or len(dead) > 1:
            args += ["--offset", str(dead[which].offset)]
        size = os.path.getsize(path)
        said = kit.does(*args)
        if said is None:
            continue
        model.restore(model.dead(key)[which])
        kit.check(os.path.getsize(path) == size, "restoring changed the size")
        kit.verify(path, model, said=said)
    path, _ = kit.fresh("mixed")
    kit.refuses(path, "restore", path, "wavelengths", status=(1, 2))
    kit.refuses(path, "restore", path, "no such key", status=(1, 2))
    kit.refuses(path, "restore", path, "twice", "--offset", "25", status=(1, 2))


def newest_first(kit):
    """Without --offset the latest dead version comes back; again and again it goes to and fro."""
    path, model = kit.fresh("mixed")
    for _ in range(4):
        said = kit.does("restore", path, "twice")
        if said is None:
            return
        _settle(model, Container.read(path), "twice")
        kit.verify(path, model, said=said)
    path, model = kit.fresh("mixed")
    said = kit.does("restore", path, "twice")
    if said is not None:
        model.restore(model.dead("twice")[-1])
        kit.verify(path, model, said=said)


def _settle(model, whole, key):
    """Takes over which version of a key lives: exactly one may, and it may not be the one before."""
    for have, want in zip(whole.records, model.records):
        if want["key"] == key:
            model.commit += have.live != want["live"]
            want["live"] = have.live


def undone(kit):
    """Delete and restore each key: the same bytes but for the commit number."""
    path, model = kit.fresh("mixed")
    before = open(path, "rb").read()
    for key in [r["key"] for r in model.records if r["live"]]:
        dash = ["--"] if key.startswith("-") else []
        whole = Container.read(path)
        offset = whole.live()[key].offset
        if kit.does("rm", path, *dash, key) is None or kit.does("restore", path, "--offset", str(offset), *dash, key) is None:
            return
    after = open(path, "rb").read()
    kit.check(after[:18] + after[22:] == before[:18] + before[22:], "deleted and restored is not the same bytes")


def after_set(kit):
    """A set undone: the old version lives, the new one is history."""
    path, model = kit.fresh("mixed")
    for key in ("wavelengths", "scan-00000", "refl"):
        old = model.live(key)
        if kit.does("set", path, key, "'mistake'") is None:
            return
        model.put(key, describe("mistake"))
        said = kit.does("restore", path, key)
        if said is None:
            return
        model.restore(old)
        kit.verify(path, model, said=said)


def vacuumed(kit):
    """A compacted copy in place of the file, at another place, or in the same inode."""
    for recipe in ("mixed", "dead_block", "plain_values", kit.sample):
        for how in ([], ["--in-place"], ["-o", kit.path("out.mmdpickle")]):
            path, model = kit.fresh(recipe)
            os.chmod(path, 0o640)
            before = open(path, "rb").read()
            inode, out = os.stat(path).st_ino, path
            if how[:1] == ["-o"]:
                out = how[1]
                if os.path.exists(out):
                    os.remove(out)
            dead = any(not r["live"] for r in model.records)
            said = kit.does("vacuum", path, *how)
            if said is None:
                continue
            model.drop_dead()
            model.commit = Container.read(out).commit
            kit.verify(out, model, said=said)
            if out != path:
                kit.check(open(path, "rb").read() == before, "the original was changed")
                continue
            kit.check(stat.S_IMODE(os.stat(path).st_mode) == 0o640, f"permissions are {oct(os.stat(path).st_mode)}")
            if how == ["--in-place"]:
                kit.check(os.stat(path).st_ino == inode, "in place is another file")
            kit.check(not dead or os.path.getsize(path) < len(before), "the file is as long as before")
    left = [name for name in os.listdir(kit.folder) if name.startswith((".work", "work.mmdpickle.")) or name.endswith((".tmp", ".new"))]
    kit.check(not left, f"left behind: {left}")


def dry(kit):
    path, _ = kit.fresh("dead_block")
    for how in ([], ["--punch"], ["--in-place"]):
        before = open(path, "rb").read(), os.stat(path).st_ino, os.stat(path).st_blocks
        kit.does("vacuum", path, "--dry-run", *how)
        kit.check((open(path, "rb").read(), os.stat(path).st_ino, os.stat(path).st_blocks) == before, "a dry run changed the file")


def linked(kit):
    """A vacuum through a symbolic link compacts what it points to, and the link stays one."""
    path, model = kit.fresh("mixed")
    link = kit.path("link.mmdpickle")
    if os.path.lexists(link):
        os.remove(link)
    os.symlink(path, link)
    said = kit.does("vacuum", link)
    if said is not None:
        kit.check(os.path.islink(link), "the link is no link any more")
        model.drop_dead()
        model.commit = Container.read(path).commit
        kit.verify(path, model, said=said)
    os.remove(link)


def punched(kit):
    """The blocks of dead arrays are freed; nothing moves, maps of others stay true, the file loads."""
    path, model = kit.fresh("dead_block")
    if not can_punch(kit.path("probe")):
        print("note: this file system cannot punch holes; the case is left out")
        return
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
    blocks, size = os.stat(path).st_blocks, os.path.getsize(path)
    lives = [(r.offset, bytes(Container.read(path).data[r.offset:r.end])) for r in Container.read(path).records if r.live]
    held = kit.reference.want("hold", path=path, key="after")
    said = kit.does("vacuum", path, "--punch")
    if said is None:
        return
    kit.check(os.path.getsize(path) == size, "punching changed the size")
    freed = (blocks - os.stat(path).st_blocks) * 512
    kit.check(freed > 8_000_000, f"freed {freed} bytes of 8 MiB")
    data = open(path, "rb").read()
    kit.check(all(data[at:at + len(raw)] == raw for at, raw in lives), "a live record changed")
    kit.check(kit.reference.want("look", path=path) == held, "a map held by another process changed")
    model.commit = Container.read(path).commit
    kit.verify(path, model, said=said)
    done = kit.run("restore", path, "dead", "--json")
    if kit.check(done.returncode != 0, "a version whose data is gone was brought back without a word"):
        kit.verify(path, model)


def can_punch(path):
    """Whether this file system can make holes in a file."""
    with open(path, "wb") as file:
        file.write(bytes(1 << 16))
        file.flush()
        libc = ctypes.CDLL(None, use_errno=True)
        libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
        done = libc.fallocate(file.fileno(), 3, 4096, 8192)
    os.remove(path)
    return done == 0


CASES = [history, restored, newest_first, undone, after_set, vacuumed, dry, linked, punched]
