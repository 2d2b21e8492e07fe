#!/usr/bin/env python3
"""Python's own readers on files whose change was cut off after every byte.

usage: cuts.py FOLDER     (in the environment of the reference)

FOLDER holds what `CUBESCOPE_CUTS=FOLDER cargo test --test core crash` saved: NAME-STEPS.mmdpickle. Plain pickle.load has
to read each (but for a key that is written over in several bytes, NAME `rename`). The reference has to open each with the
same keys, after its fsck where something lies behind the end. The fsck of 1.0.0 gives up, without touching the file, while
the eleven bytes of the old terminator are being written over; that is counted, not failed.
"""
import contextlib
import io
import os
import pickle
import shutil
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
import numpy

if not hasattr(numpy, "float"):
    numpy.float = float
from mmappickle import mmapdict

GIVES_UP = ("Not on frame boundary", "Pickle doesn't end with stop!")


def plain(path):
    with open(path, "rb") as file:
        return sorted(pickle.load(file))


def by_reference(path):
    opened = mmapdict(path)
    try:
        return sorted(key for key in opened.keys() if opened[key] is not NotImplemented)
    finally:
        opened._file.close()


def after_fsck(path):
    opened = mmapdict(path)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            opened.fsck()
    finally:
        opened._file.close()
    return by_reference(path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    names = sorted(os.listdir(folder))
    failed = given_up = 0
    copy = os.path.join(tempfile.mkdtemp(), "copy.mmdpickle")
    for name in names:
        path = os.path.join(folder, name)
        keys = None
        if name.rsplit("-", 1)[0] != "rename":
            try:
                keys = plain(path)
            except Exception as error:
                failed += 1
                print(f"FAIL {name}: pickle.load: {error!r}")
        shutil.copyfile(path, copy)
        try:
            try:
                found = by_reference(copy)
            except Exception:
                found = after_fsck(copy)
            if keys is not None and found != keys:
                failed += 1
                print(f"FAIL {name}: the reference reads {found}, pickle.load {keys}")
        except ValueError as error:
            if str(error) in GIVES_UP:
                given_up += 1
            else:
                failed += 1
                print(f"FAIL {name}: the reference: {error!r}")
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: the reference: {error!r}")
    # Most of the states lie before the switch: if the reference gave up on many, something else is wrong.
    if not names or given_up * 20 > len(names):
        failed += 1
        print(f"FAIL {len(names)} files, given up on {given_up}")
    print(f"{len(names)} files, the fsck of the reference gave up on {given_up}, {failed} failed")
    sys.exit(1 if failed else 0)


main()
