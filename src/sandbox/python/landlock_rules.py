"""Landlock: limits the files that a process and its descendants can reach, by system calls alone.

Each version (ABI) of the kernel adds something: 2 links across folders (Linux 5.19), 3 truncation, 4 TCP, 5 devices, 6
signals and abstract unix sockets (6.12). Rights are the bits of linux/landlock.h.
"""

import ctypes
import os
import stat
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION, PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REFER, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 13, 1 << 14
# A session may make links but no devices.
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
READ = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
# The number of rights on files in each version. They are the lowest bits.
KNOWN = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(number, *arguments):
    result = _libc.syscall(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result


def version():
    """Returns 0 if the kernel has no Landlock, or if it is disabled."""
    try:
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)
    except OSError:
        return 0


def keep_signals_in(abi):
    """From now on, signals of this process reach only its descendants. Needs version 6."""
    ruleset = _ruleset(abi, REFER, 0)
    # A ruleset that does not grant moving files to other folders forbids it, even if the ruleset is about something
    # else.
    _grant(ruleset, "/", REFER)
    _restrict(ruleset)


def restrict(abi, read, write, devices):
    """`read` are files and folders, `write` are folders, and `devices` are files that can also be written."""
    known = (1 << KNOWN[min(abi, 5)]) - 1
    ruleset = _ruleset(abi, known, 3 if abi >= 4 else 0)
    for path in read:
        _grant(ruleset, path, READ & known)
    for path in devices:
        _grant(ruleset, path, (READ_FILE | WRITE_FILE) & known)
    for path in write:
        _grant(ruleset, path, known & ~(MAKE_CHAR | MAKE_BLOCK))
    _restrict(ruleset)


def _ruleset(abi, files, ports):
    # The fields that the kernel knows: files, then TCP ports, then what is limited to the domain (sockets and signals).
    fields = [files] + ([ports] if abi >= 4 else []) + ([3] if abi >= 6 else [])
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return _call(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)


def _grant(ruleset, path, rights):
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        # The program cannot open the path either.
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= OF_FILES
        _call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


def _restrict(ruleset):
    _call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
