"""Finds the files of /mnt/data that a cell has changed. Runs inside the sandbox, as part of the harness."""

import json
import os
import re
import stat
import time

from _harness_output import send

DATA = "/mnt/data"
DEPTH = 3

# Characters that cannot be shown: those of sandbox-name.ts, and surrogates, which no encoding accepts.
_MISLEADING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd\\\\\ud800-\udfff]"
)
# The total length of the names in one answer, in characters. The answer must fit in one line of 1 MiB.
_NAMES = 100_000
# The number of names that are listed of files that are not returned.
_NAMED = 20

_seen = {}
# Files that the host has put under two names: the first name, by the number of the inode. Changes are reported under
# the alias only.
_first_names = {}


def changed(settings):
    """Sends the regular files that are new or different since the last call."""
    settings = json.loads(settings)
    found = []
    _walk(DATA, "", DEPTH, found)
    files, large, left, beyond, misnamed = [], [], [], 0, 0
    room = _NAMES
    # Files of the top folder come first, because they are more likely to be what was asked for than files of an
    # archive.
    for name, about in sorted(found, key=lambda file: (file[0].count("/"), file[0])):
        size, mark = about.st_size, _mark(about)
        if _seen.get(name) == mark:
            continue
        _seen[name] = mark
        if about.st_nlink == 2 and _first_names[about.st_ino] == name:
            continue
        kind = files if size <= settings["file_bytes"] else large
        room -= len(name)
        if _MISLEADING.search(name):
            misnamed += 1
        elif len(kind) < settings["files"] and room > 0:
            kind.append({"name": name, "size": size})
        else:
            beyond += 1
            # The file is returned after the next call.
            del _seen[name]
            if len(left) < _NAMED:
                left.append(name)
    for name in set(_seen) - {name for name, _ in found}:
        del _seen[name]
    send("files", id=settings["id"], files=files, tooLarge=large, left=left, beyond=beyond, misnamed=misnamed)


def seen(name, alias=None):
    """Marks a file that the host has put as known, under both of its names."""
    # The clocks of file systems are coarse, and a change directly after this must be noticed.
    before = time.time() - 1
    for one in filter(None, (name, alias)):
        path = os.path.join(DATA, one)
        os.utime(path, (before, before))
        about = os.lstat(path)
        _seen[one] = _mark(about)
        if about.st_nlink == 2:
            _first_names[about.st_ino] = name


def _mark(about):
    return about.st_size, about.st_mtime_ns, about.st_ino


def _walk(folder, prefix, depth, found):
    # 10,000 entries are enough to read. A program can make millions.
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(found) >= 10_000:
                return
            about = entry.stat(follow_symlinks=False)
            name = prefix + entry.name
            if stat.S_ISDIR(about.st_mode) and depth > 1:
                try:
                    _walk(entry.path, name + "/", depth - 1, found)
                except OSError:
                    # The program may have removed its own right to read the folder.
                    continue
            elif stat.S_ISREG(about.st_mode) and about.st_nlink <= (2 if about.st_ino in _first_names else 1):
                found.append((name, about))
