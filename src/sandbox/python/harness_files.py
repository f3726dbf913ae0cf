"""The files of /mnt/data that a cell has changed. Runs inside the sandbox, as part of the harness."""

import json
import os
import stat

from _harness_output import send

DATA = "/mnt/data"
DEPTH = 3

_seen = {}


def changed(settings):
    """Regular files that are new or different since the last call."""
    settings = json.loads(settings)
    found = []
    _walk(DATA, "", DEPTH, found)
    files = []
    for name, size, mark in sorted(found):
        if _seen.get(name) != mark:
            _seen[name] = mark
            if len(files) < settings["files"] and size <= settings["file_bytes"]:
                files.append({"name": name, "size": size})
    for name in set(_seen) - {name for name, _, _ in found}:
        del _seen[name]
    send("files", id=settings["id"], files=files)


def seen(name):
    """A file put by the host is no news."""
    about = os.lstat(os.path.join(DATA, name))
    _seen[name] = (about.st_size, about.st_mtime_ns, about.st_ino)


def _walk(folder, prefix, depth, found):
    # 10,000 entries are enough to look at; code can make millions.
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
                    # Code may take its own right to look into a folder.
                    continue
            elif stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
                found.append((name, about.st_size, (about.st_size, about.st_mtime_ns, about.st_ino)))
