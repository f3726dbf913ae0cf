"""Measures the memory and the disk space of a session when only its supervisor counts them.

The processes of the session may run at the same time, and are hostile.
"""

import os
import re
import stat

from _landlock_folder import open_folder

# The depth of folders in folders. Deeper folders end the session, and no honest program needs them.
DEPTH = 64
_MAPPING = re.compile(rb"(\w+)-(\w+) \S+ (\w+) \S+ (\d+)")


class Exceeded(Exception):
    """`reason` is the exit status of the supervisor, which tells the server the reason."""

    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason


MEMORY, DISK = 71, 72


def check_memory(pids, limit):
    """Shared pages are divided among their processes only if the simple sum is too large, because that takes longer."""
    if sum(map(_resident, pids)) > limit and sum(map(_in_shares, pids)) > limit:
        raise Exceeded(MEMORY, "it used more memory than it may")


def _resident(pid):
    """Includes the page tables, which can be large without any page."""
    status = _read(pid, "status")
    return _size(status, b"VmRSS") + _size(status, b"VmPTE")


def _in_shares(pid):
    shared = _size(_read(pid, "smaps_rollup"), b"Pss")
    # Without shares the whole memory counts, which is 0 for a process that has ended, but not for one that forbids
    # inspection.
    return shared + _size(_read(pid, "status"), b"VmPTE") if shared else _resident(pid)


def _size(text, name):
    """In bytes. Returns 0 if the line does not exist."""
    found = re.search(rb"^" + name + rb":\s+(\d+) kB$", text, re.M)
    return 1024 * int(found[1]) if found else 0


def _read(pid, name):
    """Reads a file of a process, or of another thread if the first one has ended. Empty if the process has ended."""
    for path in (f"/proc/{pid}", *threads(pid)):
        try:
            with open(f"{path}/{name}", "rb") as file:
                text = file.read()
        except OSError:
            continue
        if text and (name != "status" or b"VmRSS" in text):
            return text
    return b""


def threads(pid):
    try:
        return [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def open_files(thread):
    """Yields the open files of a thread, which may have others than its process. `thread` is its folder in /proc."""
    for name in os.listdir(thread + "/fd"):
        try:
            yield os.stat(f"{thread}/fd/{name}")
        except OSError:
            continue


class Files:
    """Counts each file of a session once, however many names it has."""

    def __init__(self, bytes, entries):
        self._bytes = bytes
        self._entries = entries
        self._linked = set()

    def add(self, about):
        if about.st_nlink != 1 and not stat.S_ISDIR(about.st_mode):
            if about.st_ino in self._linked:
                return
            self._linked.add(about.st_ino)
        self._take(about.st_blocks * 512)

    def _take(self, bytes):
        self._bytes -= bytes
        self._entries -= 1
        if self._bytes < 0:
            raise Exceeded(DISK, "its files are larger than it may have")
        if self._entries < 0:
            raise Exceeded(DISK, "it has more files than it may have")

    def add_folder(self, name, at=None, depth=0):
        if depth > DEPTH:
            raise Exceeded(DISK, "its folders are in too many folders")
        try:
            fd = open_folder(name, at)
        except (FileNotFoundError, NotADirectoryError):
            # It was removed or replaced by a file, perhaps to hide the entries beside it. Those are still counted.
            return
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    try:
                        about = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    self.add(about)
                    if stat.S_ISDIR(about.st_mode):
                        self.add_folder(entry.name, fd, depth + 1)
        finally:
            os.close(fd)

    def add_deleted(self, about):
        """Counts a file without a name, which exists as long as a process has it open."""
        if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
            self.add(about)

    def add_deleted_mappings(self, pid, folder):
        """Counts deleted files by the size of their mappings, because nothing else is known about them."""
        ends = {}
        for line in _read(pid, "maps").splitlines():
            # Shared memory also has no name, but it is not a file of this folder.
            if line.endswith(b" (deleted)") and folder.encode() in line:
                start, end, offset, inode = _MAPPING.match(line).groups()
                size = int(offset, 16) + int(end, 16) - int(start, 16)
                ends[int(inode)] = max(size, ends.get(int(inode), 0))
        for inode in ends.keys() - self._linked:
            self._linked.add(inode)
            self._take(ends[inode])
