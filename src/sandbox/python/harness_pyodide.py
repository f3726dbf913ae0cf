"""What the harness needs in Pyodide: its event loop, its way to sleep, and no processes.

No JavaScript object may be referenced before `connect`, because the memory snapshot is made before it.
"""

import asyncio
import json
import os
import posix
import random
import sys
import time

import _harness
import _harness_commands
import _harness_ipython
from _harness import cancel, run_cell
from _harness_files import DATA, changed, seen
from _harness_output import flush, host, raw_output
from _harness_packages import known

# The kernel calls these as members of this module.
__all__ = ["cancel", "changed", "connect", "raw_output", "run_cell", "seen"]


def connect(send, powers, settings):
    """`send(json, id, bytes | None)` writes one message. `powers` has arm, disarm, interrupted and sleep."""
    host.send = send
    host.powers = powers
    settings = json.loads(settings)
    host.limits = settings["limits"]
    sys.path.extend(settings["packages"])
    known.update(settings["known"])
    # A snapshot contains the state of the generator, so without this every session would draw the same numbers.
    random.seed()
    os.makedirs(DATA, exist_ok=True)
    os.chdir(DATA)
    _harness.stay(os.getpid())
    # Otherwise either exception in a task would end the process. The code that awaits the task still gets it.
    loop = asyncio.get_event_loop()
    loop._keyboard_interrupt_handler = lambda: None
    loop._system_exit_handler = lambda _: None


def _wait(coroutine):
    from pyodide.ffi import run_sync

    return run_sync(asyncio.get_event_loop().create_task(coroutine))


def _refuse(what):
    def refused(*_, **__):
        raise OSError(f"{what} is not available here: this Python cannot start processes")

    return refused


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    flush()
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        # Sleeps in slices, because the sleep of the platform cannot be interrupted.
        host.powers.sleep(max(0.0, min(left, 0.05)) * 1000)
        if left <= 0.05:
            return


host.wait = _wait
# The system() of Emscripten would call child_process.spawnSync of Node, which ends the process when that is denied.
os.system = posix.system = _refuse("os.system")
os.popen = _refuse("os.popen")
time.sleep = _sleep
_harness.install()
_harness_ipython.install()
_harness_commands.install()
