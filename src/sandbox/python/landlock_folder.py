"""The folder of a session that has no file system of its own: how much is in it, and its end.

Its owner can run while this looks, and is hostile. Nothing here follows a link, and every folder is opened once, whatever
mode its owner gave it.
"""

import itertools
import os
import re
import stat

# Deeper is not looked into; nobody needs it.
DEPTH = 64


class Exceeded(Exception):
    pass


def open_folder(name, at=None):
    place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    try:
        path = f"/proc/self/fd/{place}"
        if os.fstat(place).st_mode & 0o700 != 0o700:
            os.chmod(path, 0o700)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.close(place)


class Use:
    """What a session takes: of each file once, however many names it has."""

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
            raise Exceeded("its files are larger than it may have")
        if self._entries < 0:
            raise Exceeded("it has more files than it may have")

    def add_folder(self, name, at=None, depth=0):
        if depth > DEPTH:
            raise Exceeded("its folders are in too many folders")
        try:
            fd = open_folder(name, at)
        except FileNotFoundError:
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
        except NotADirectoryError:
            # Exchanged for a file meanwhile.
            pass
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


_MAPPING = re.compile(rb"(\w+)-(\w+) \S+ (\w+) \S+ (\d+)")


def empty(folder):
    """Removes what is in a folder in which nobody works any more. Deep folders are flattened, and not descended into."""
    top = open_folder(folder)
    numbers = itertools.count()
    try:
        while names := os.listdir(top):
            for name in names:
                if not _unlink(name, top):
                    _raise_inner(name, top, numbers)
    finally:
        os.close(top)


def _raise_inner(name, top, numbers):
    """Removes a folder; those in it take its place."""
    fd = open_folder(name, top)
    try:
        for inner in os.listdir(fd):
            if not _unlink(inner, fd):
                os.close(open_folder(inner, fd))
                os.rename(inner, f".{next(numbers)}.{os.urandom(8).hex()}", src_dir_fd=fd, dst_dir_fd=top)
    finally:
        os.close(fd)
    os.rmdir(name, dir_fd=top)


def _unlink(name, at):
    try:
        os.unlink(name, dir_fd=at)
        return True
    except IsADirectoryError:
        return False
