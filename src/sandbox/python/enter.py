"""Runs a program in its own sandbox: `python3 -I enter.py <settings> <program> <argument>...`.

It does the same as bubblewrap, for machines without that. The first process waits for the second, which is the init of
its PID namespace. When that ends, the kernel kills everything in the namespace.
"""

import json
import os
import signal
import sys


def enter():
    # -I removes the folder of the script from the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import _confine as confine

    settings = json.loads(sys.argv[1])
    with_filter = settings.get("filter")
    program = open(with_filter, "rb").read() if with_filter else None
    parent = os.getppid()
    confine.die_with_parent(parent)
    confine.limit({"core": settings["limits"]["core"]})
    confine.unshare()
    child = os.fork()
    if child == 0:
        confine.die_with_parent(0)
        confine.make_root(settings["folders"], settings["writable"])
        confine.finish(settings["folders"])
        confine.give_up_everything(settings["limits"], program)
        os.execve(sys.argv[2], sys.argv[2:], {})
    for fd in (0, 1, 2):
        os.close(fd)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + signal.SIGKILL)


enter()
