"""What a session takes of memory and of the disk, where nothing but its supervisor counts either.

Its processes can run while this looks, and are hostile.
"""

import os
import re
import stat

from _landlock_folder import open_folder

# Folders in folders. Deeper is not looked into; nobody needs it.
DEPTH = 64
_MAPPING = re.compile(rb"(\w+)-(\w+) \S+ (\w+) \S+ (\d+)")


class Exceeded(Exception):
    """`reason` is the exit status of the supervisor, by which the server knows it."""

    def __init__(self, reason, text):
        super().__init__(text)
        self.reason = reason


MEMORY, DISK = 71, 72


def check_memory(pids, limit):
    """Pages that processes share are counted in shares, but only where it would be too much without: it takes a walk."""
    if sum(map(_resident, pids)) > limit and sum(map(_in_shares, pids)) > limit:
        raise Exceeded(MEMORY, "it used more memory than it may")


def _resident(pid):
    """With its page tables, which a process can make large without having any page."""
    status = _read(pid, "status")
    return _size(status, b"VmRSS") + _size(status, b"VmPTE")


def _in_shares(pid):
    shared = _size(_read(pid, "smaps_rollup"), b"Pss")
    # Asked again: one that has ended meanwhile takes nothing, one that does not let itself be looked at takes all.
    return shared + _size(_read(pid, "status"), b"VmPTE") if shared else _resident(pid)


def _size(text, name):
    """In bytes; 0 where there is none."""
    found = re.search(rb"^" + name + rb":\s+(\d+) kB$", text, re.M)
    return 1024 * int(found[1]) if found else 0


def _read(pid, name):
    """Of a process, which may be gone; or of any thread, where its first one has ended and tells nothing any more."""
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
    """What a thread has open, of which its process may have nothing. `thread` is its folder in /proc."""
    for name in os.listdir(thread + "/fd"):
        try:
            yield os.stat(f"{thread}/fd/{name}")
        except OSError:
            continue


class Files:
    """The files of a session, each once, however many names it has."""

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
            # Removed, or exchanged for a file: by whoever would hide what is beside it.
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
        """A file without a name, which lives as long as a process has it open."""
        if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
            self.add(about)

    def add_deleted_mappings(self, pid, folder):
        """As far as they are mapped, since no more is known of them."""
        ends = {}
        for line in _read(pid, "maps").splitlines():
            # Shared memory has no name either, and is none of this.
            if line.endswith(b" (deleted)") and folder.encode() in line:
                start, end, offset, inode = _MAPPING.match(line).groups()
                size = int(offset, 16) + int(end, 16) - int(start, 16)
                ends[int(inode)] = max(size, ends.get(int(inode), 0))
        for inode in ends.keys() - self._linked:
            self._linked.add(inode)
            self._take(ends[inode])
