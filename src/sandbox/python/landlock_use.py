"""What a session takes of memory and of the disk, where nothing but its supervisor counts either.

Its processes can run while this looks, and are hostile.
"""

import os
import re
import stat

from _landlock_folder import open_folder

# Folders in folders. Deeper is not looked into; nobody needs it.
DEPTH = 64
PAGE = os.sysconf("SC_PAGE_SIZE")
_MAPPING = re.compile(rb"(\w+)-(\w+) \S+ (\w+) \S+ (\d+)")
_SHARED = re.compile(rb"^Pss:\s+(\d+) kB$", re.M)


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
    return PAGE * int(_read(f"/proc/{pid}/statm", b"0 0").split()[1])


def _in_shares(pid):
    found = _SHARED.search(_read(f"/proc/{pid}/smaps_rollup", b""))
    # Asked again: one that has ended meanwhile takes nothing, one that does not let itself be looked at takes all.
    return 1024 * int(found[1]) if found else _resident(pid)


def _read(path, otherwise):
    """Of a process, which may be gone."""
    try:
        with open(path, "rb") as file:
            return file.read() or otherwise
    except OSError:
        return otherwise


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

    def add_deleted(self, pid):
        """Files without a name, which live as long as a process has them open."""
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                about = os.stat(f"/proc/{pid}/fd/{fd}")
            except OSError:
                continue
            if stat.S_ISREG(about.st_mode) and about.st_nlink == 0:
                self.add(about)

    def add_deleted_mappings(self, pid, folder):
        """As far as they are mapped, since no more is known of them."""
        ends = {}
        with open(f"/proc/{pid}/maps", "rb") as file:
            for line in file:
                # Shared memory has no name either, and is none of this.
                if line.endswith(b" (deleted)\n") and folder.encode() in line:
                    start, end, offset, inode = _MAPPING.match(line).groups()
                    size = int(offset, 16) + int(end, 16) - int(start, 16)
                    ends[int(inode)] = max(size, ends.get(int(inode), 0))
        for inode in ends.keys() - self._linked:
            self._linked.add(inode)
            self._take(ends[inode])
