"""Handles the folder of a session without its own file system.

Hostile code of the session may run at the same time. Nothing here follows a link, and every folder is opened once,
whatever its mode is.
"""

import itertools
import os


def open_folder(name, at=None):
    place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    try:
        path = f"/proc/self/fd/{place}"
        if os.fstat(place).st_mode & 0o700 != 0o700:
            os.chmod(path, 0o700)
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    finally:
        os.close(place)


def empty(folder):
    """Removes the contents of a folder that no process uses any more. Deep folders are flattened, without recursion."""
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
    """Removes a folder and moves its subfolders to `top`."""
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
