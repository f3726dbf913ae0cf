"""Runs bubblewrap on mounts that it cannot make: `python3 -I before_bwrap.py <folders> <bwrap> <argument>...`.

It shows the session terminals that are limited in number, and folders in which locks are the session's own.
"""

import json
import os
import sys


def start():
    # -I keeps the script's own folder out of the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    import _confine as confine

    confine.unshare(confine.CLONE_NEWUSER | confine.CLONE_NEWNS)
    confine.mount(None, "/", None, confine.MS_REC | confine.MS_PRIVATE)
    confine.own_terminals("/dev/pts")
    # A folder that bubblewrap makes anew.
    confine.own_locks(json.loads(sys.argv[1]), "/dev/shm")
    os.execve(sys.argv[2], sys.argv[2:], {})


start()
