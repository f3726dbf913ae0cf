"""Writes files that the host puts below /mnt/data, and reads files from there. Runs inside the sandbox, in the agent.

The names come from the host and are checked, but untrusted code may have put anything at their paths. No link on the
way is followed: folders are opened one by one, and opening a FIFO does not block.
"""

import errno
import os
import stat
import sys

from _harness_files import DATA, seen


def room():
    """Returns how many bytes may still be put, when the file system does not enforce this itself."""
    return sys.maxsize


class Put:
    """A file that the host sends. Raises OSError when it cannot be stored, and then removes an incomplete file."""

    def __init__(self, id, name, size=None, alias=None):
        self.id = id
        self._name = name
        self._alias = alias
        self._size = size
        self._written = 0
        self._room = room()
        # The alias comes first, because it may be impossible to make it.
        if alias is not None:
            with _Folder(alias, make=True) as (beside, second):
                _remove(beside, second)
        with _Folder(name, make=True) as (folder, last):
            # Existing files are never opened for writing: they may be a FIFO, a link, or have a second name.
            _remove(folder, last)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self._fd = os.open(last, flags, 0o644, dir_fd=folder)
        try:
            self._need(size or 0)
            if size and hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._fd, 0, size)
        except OSError:
            self.abandon()
            raise

    def write(self, data):
        try:
            self._need(self._written + len(data))
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            self.abandon()
            raise
        self._written += len(data)

    def _need(self, bytes):
        if bytes > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def end(self):
        if self._size is not None and self._written != self._size:
            self.abandon()
            raise OSError("it did not arrive whole")
        os.close(self._fd)
        if self._alias is not None:
            with _Folder(self._name) as (folder, last), _Folder(self._alias) as (beside, second):
                os.link(last, second, src_dir_fd=folder, dst_dir_fd=beside, follow_symlinks=False)
        seen(self._name, self._alias)

    def abandon(self):
        os.close(self._fd)
        with _Folder(self._name) as (folder, last):
            _remove(folder, last)


def open_to_read(name):
    """Returns a descriptor of a regular file, and its size."""
    with _Folder(name) as (folder, last):
        fd = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    about = os.fstat(fd)
    if not stat.S_ISREG(about.st_mode):
        os.close(fd)
        raise OSError("not a regular file")
    return fd, about.st_size


def in_words(error):
    """Says why a file could not be put or read."""
    known = {
        20: "its folder is not a folder any more",
        21: "a folder has this name",
        27: "no space left in /mnt/data",
        28: "no space left in /mnt/data",
        40: "not a regular file",
    }
    return known.get(getattr(error, "errno", None), str(error))[:300]


def _remove(folder, name):
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


class _Folder:
    """A context manager. Gives a descriptor of the folder that contains a name, and the last part of the name."""

    def __init__(self, name, make=False):
        *self._parts, self._last = name.split("/")
        self._make = make

    def __enter__(self):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        # /mnt/data itself may be a link, which no program can change (linked_folder.py).
        self._fd = os.open(DATA, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in self._parts:
                if self._make:
                    try:
                        os.mkdir(part, 0o755, dir_fd=self._fd)
                    except FileExistsError:
                        pass
                above, self._fd = self._fd, os.open(part, flags, dir_fd=self._fd)
                os.close(above)
        except OSError:
            os.close(self._fd)
            raise
        return self._fd, self._last

    def __exit__(self, *_):
        os.close(self._fd)
