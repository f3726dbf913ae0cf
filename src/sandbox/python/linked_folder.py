"""/mnt/data as a link to a descriptor, for sessions without their own file system (landlock.py).

Child processes must inherit the descriptor, and programs should never see the target of the link.
"""

import os
import posixpath
import resource

DATA = "/mnt/data"
F_OFD_SETLK, F_OFD_SETLKW = 37, 38


def install():
    import _agent_files

    _agent_files.room = _room
    fd = int(_link().split("/")[4])
    _pass_on(fd)
    _lock_by_file()
    real = os.path.realpath(DATA)

    def named(path):
        """Returns the path under the name that programs know."""
        return DATA + path[len(real) :] if isinstance(path, str) and (path + "/").startswith(real + "/") else path

    getcwd, realpath = os.getcwd, posixpath.realpath
    os.getcwd = lambda: named(getcwd())
    posixpath.realpath = lambda *arguments, **options: named(realpath(*arguments, **options))
    # Shells use this variable when it leads to the current folder.
    os.environ["PWD"] = DATA


def _room():
    """Returns the bytes that may still be written, as the supervisor counts. Its limit is slightly above that of one
    file.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = {}
    for folder, _, names in (*os.walk(DATA), *os.walk(os.environ["TMPDIR"])):
        for name in names:
            try:
                about = os.lstat(os.path.join(folder, name))
                sizes[about.st_ino] = 512 * about.st_blocks
            except OSError:
                # A background process of an earlier cell has removed it.
                continue
    return limit - sum(sizes.values())


def _lock_by_file():
    """Implements `fcntl.flock` by locks of open files, as network file systems do. The real call is refused, because it
    would also lock files that sessions share.
    """
    import errno
    import fcntl
    import struct

    kinds = {fcntl.LOCK_SH: fcntl.F_RDLCK, fcntl.LOCK_EX: fcntl.F_WRLCK, fcntl.LOCK_UN: fcntl.F_UNLCK}

    def flock(fd, operation):
        kind = kinds.get(operation & ~fcntl.LOCK_NB)
        if kind is None:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        command = F_OFD_SETLK if operation & fcntl.LOCK_NB else F_OFD_SETLKW
        fcntl.fcntl(fd, command, struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0))

    fcntl.flock = flock


def is_linked():
    return _link().startswith("/proc/self/fd/")


def _link():
    """Returns the target of /mnt/data or of /mnt. In an image, either of them may be the link."""
    for path in (DATA, "/mnt"):
        if os.path.islink(path):
            return os.readlink(path)
    return ""


def _pass_on(fd):
    import _posixsubprocess
    import subprocess

    original = _posixsubprocess.fork_exec

    def fork_exec(program, executables, close, kept, *rest):
        return original(program, executables, close, tuple(sorted({*kept, fd})), *rest)

    _posixsubprocess.fork_exec = fork_exec
    if hasattr(subprocess, "_fork_exec"):
        subprocess._fork_exec = fork_exec
