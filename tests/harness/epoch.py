"""Runs a script with CPython as if its clock had shown a given moment at the start.

    python3.13 tests/harness/epoch.py 2026-01-01T00:00:00Z SCRIPT ARGS…

This is what `thr run --epoch` does; it lets CPython say what programs that print
the time have to print.
"""

import calendar
import runpy
import sys
import time

epoch, script, *args = sys.argv[1:]
start = calendar.timegm(time.strptime(epoch, "%Y-%m-%dT%H:%M:%SZ"))
ctime, gmtime, localtime, strftime, begin = time.ctime, time.gmtime, time.localtime, time.strftime, time.monotonic()


def now():
    return start + time.monotonic() - begin


time.time = now
time.time_ns = lambda: int(now() * 1_000_000_000)
time.ctime = lambda seconds=None: ctime(now() if seconds is None else seconds)
time.gmtime = lambda seconds=None: gmtime(now() if seconds is None else seconds)
time.localtime = lambda seconds=None: localtime(now() if seconds is None else seconds)
time.strftime = lambda form, when=None: strftime(form, time.localtime() if when is None else when)

sys.argv = [script, *args]
runpy.run_path(script, run_name="__main__")
