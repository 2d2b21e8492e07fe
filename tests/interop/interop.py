#!/usr/bin/env python3
"""Every write command, proved against the reference library and plain pickle.

usage: interop.py BINARY REFERENCE_PYTHON NEWEST_PYTHON [--only SUBSTRING] []

Each case runs the program on copies of files that the reference made, keeps a model of what the file has to hold, and
compares: the bytes (own reader), what the reference reads and maps, what pickle.load gives with the NumPy of the reference
and with the newest; then the reference edits a copy. Prints each failing check with the command before it, and closes with
'N passed, M failed'. `make_venvs.sh` makes the two environments. The driver needs the standard library only.
"""
import os
import sys
import tempfile
import time

import cases_arrays
import cases_files
import cases_history
import cases_values
from kit import Kit, done

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../assets/sample.mmdpickle")


def main():
    given = [arg for arg in sys.argv[1:] if not arg.startswith("--")]
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    given = [arg for arg in given if not only or arg != only]
    if len(given) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="interop-") as folder:
        kit = Kit(*given, folder)
        kit.sample, kit.python = SAMPLE, sys.executable
        for module in (cases_values, cases_arrays, cases_history, cases_files):
            for case in module.CASES:
                name = f"{module.__name__[6:]}.{case.__name__}"
                if only in name:
                    one(kit, name, case)
        done(kit)


def one(kit, name, case):
    """Runs a case; what it raises is a failure of the case and not the end of the others."""
    started, passed, failed = time.monotonic(), kit.passed, kit.failed
    try:
        case(kit)
    except Exception as error:
        kit.check(False, f"{name}: {type(error).__name__}: {error}")
        if os.environ.get("INTEROP_TRACE"):
            raise
    print(f"{name}: {kit.passed - passed} passed, {kit.failed - failed} failed, {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
