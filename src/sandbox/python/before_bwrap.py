"""Prepares mounts that bubblewrap cannot make, and runs it: `python3 -I before_bwrap.py <folders> <bwrap>
<argument>...`.

The session then sees a limited number of terminals, and folders in which file locks are its own.
"""

import json
import os
import sys


def start():
    # -I removes the folder of the script from the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import _confine as confine

    confine.unshare(confine.CLONE_NEWUSER | confine.CLONE_NEWNS)
    confine.mount(None, "/", None, confine.MS_REC | confine.MS_PRIVATE)
    confine.own_terminals("/dev/pts")
    # bubblewrap mounts its own /dev/shm, so this one is free for the copies.
    confine.own_locks(json.loads(sys.argv[1]), "/dev/shm")
    os.execve(sys.argv[2], sys.argv[2:], {})


start()
