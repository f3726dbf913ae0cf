"""Confines the calling process with namespaces, its own file system, limits and seccomp. Uses system calls alone.

This needs user namespaces, but no privilege and no other program. The process must have one thread. Every step raises
OSError when it fails, so that nothing runs unconfined.
"""

import ctypes
import errno
import functools
import os
import platform
import resource
import struct

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
ALL = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
SYS_MOUNT_SETATTR = 442
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(platform.machine(), -1)

# The user inside. Outside, it is the user that started the process.
USER = 65534
# The number of terminals of each session. They have their own limit, because the machine has some thousands for all.
TERMINALS = 64
# The files in /proc that describe the machine and what others do on it. No program needs them, so they are hidden.
MACHINE = (
    "acpi buddyinfo bus cmdline config.gz diskstats driver fs interrupts iomem ioports irq kallsyms kcore key-users keys "
    "kpagecgroup kpagecount kpageflags latency_stats locks mdstat modules pagetypeinfo partitions pressure sched_debug "
    "schedstat scsi slabinfo softirqs swaps sys/fs sys/kernel/pty sys/kernel/random/boot_id sysrq-trigger timer_list tty "
    "vmallocinfo vmstat zoneinfo"
).split()
# An empty folder, and the folder for the copies of files that a session can lock.
EMPTY, OWN = "/.empty", "/.own"

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def mount(source, target, kind=None, flags=0, options=None):
    encoded = [text.encode() if text is not None else None for text in (source, target, kind)]
    data = options.encode() if options is not None else None
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), data), f"mount {target}")


def umount(target):
    _check(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def prctl(option, *arguments):
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _check(_libc.prctl(option, *values), f"prctl {option}")


def die_with_parent(parent, by=9):
    """Sends a signal when the parent dies, also when it has died already. `parent` is 0 in a new PID namespace."""
    prctl(PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os._exit(1)


def unshare(flags=ALL):
    """Makes new namespaces. Only the children of this process are in the new PID namespace."""
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(flags), "unshare")
    if flags & CLONE_NEWUSER:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{USER} {user} 1"), ("gid_map", f"{USER} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    if flags & CLONE_NEWUTS:
        _check(_libc.sethostname(b"sandbox", 7), "sethostname")


def make_root(folders, writable):
    """Makes a new root with `folders` read only, `writable` folders in memory with a limited size, and nothing else."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    # Folders to show may be below /tmp, so the old root is mounted at /tmp/old first, and they are read from there.
    mount("root", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    os.mkdir("/tmp/old")
    os.mkdir("/tmp/new")
    mount("/tmp/new", "/tmp/new", None, MS_BIND)
    _pivot("/tmp", "/tmp/old")
    _devices()
    os.makedirs("/new/proc")
    for path in (EMPTY, OWN):
        os.mkdir("/new" + path)
    mount_fresh("/new", writable)
    for path in folders:
        _show(path, path)
    for place, path in _hidden(folders, writable):
        _show(path, place)
    umount("/old")
    os.chdir("/new")
    _pivot(".", ".")
    umount(".")
    os.chdir("/")
    _read_only("/")


def _hidden(folders, writable):
    """Returns the folders that are below a writable one, such as /tmp, and where they stay when that is mounted again.
    """
    below = [path for path in folders if any(path.startswith(over + "/") for over, _ in writable)]
    return [(f"/.kept/{number}", path) for number, path in enumerate(below)]


def mount_again(folders, writable):
    """Mounts new writable folders and /proc over those of make_root, for a process tree of its own."""
    mount_fresh("", writable)
    for place, path in _hidden(folders, writable):
        os.makedirs(path)
        mount(place, path, None, MS_BIND | MS_REC)
    finish(folders)


def finish(folders):
    """Must be the last step: once something is hidden in /proc, the kernel refuses to mount another one."""
    own_locks(folders, OWN)
    for name in MACHINE:
        path = f"/proc/{name}"
        if os.path.exists(path):
            mount(EMPTY if os.path.isdir(path) else "/dev/null", path, None, MS_BIND)


def mount_fresh(root, writable):
    """Mounts what each process tree has for itself: its writable folders, its terminals, and /proc with its processes.
    """
    mount("proc", root + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    own_terminals(root + "/dev/pts")
    for path, size in writable:
        os.makedirs(root + path, exist_ok=True)
        # The number of files is limited, because an empty file takes a kilobyte of the kernel's memory that no limit
        # counts.
        mount("tmpfs", root + path, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=0755,size={size},nr_inodes=32768")


def own_locks(folders, place):
    """Makes locks of files private: every folder gets an overlay of the caller's own, and small files are copied. The
    contents of large files stay shared in memory. `place` is a folder for the copies, which stays covered.

    A folder with a mount below it is left alone. So are all folders when the kernel has no overlays for users.
    """
    mount("own", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=8m")
    os.mkdir(place + "/empty")
    for number, path in enumerate(lockable(tuple(folders))):
        if os.path.isdir(path):
            _own_layer(path, place + "/empty")
        else:
            copy = f"{place}/{number}"
            with open(path, "rb") as source, open(copy, "wb") as target:
                target.write(source.read())
            mount(copy, path, None, MS_BIND)
            _read_only(path)
    _read_only(place)


@functools.lru_cache
def lockable(folders):
    """Returns the paths for which own_locks makes overlays or copies. A fork server finds them once for all sessions.
    """
    with open("/proc/self/mountinfo") as file:
        mounted = [line.split(" ")[4] for line in file]
    found = sorted({os.path.realpath(path) for path in folders})
    small = [path for path in found if os.path.isfile(path) and os.path.getsize(path) < 1 << 20]
    apart = [
        path for path in found if os.path.isdir(path) and not any(other.startswith(path + "/") for other in mounted)
    ]
    return apart + small


def _own_layer(path, empty):
    lower = "".join("\\" + letter if letter in "\\:," else letter for letter in path)
    try:
        mount("own", path, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV, f"lowerdir={lower}:{empty}")
    except OSError:
        # This is older than Linux 5.11, or the file system cannot be part of an overlay.
        return


def own_terminals(path):
    try:
        mount("devpts", path, "devpts", MS_NOSUID | MS_NOEXEC, f"newinstance,max={TERMINALS},ptmxmode=0666,mode=620")
    except OSError as error:
        # The kernel has no such file system. Programs then have no terminal.
        if error.errno != errno.ENODEV:
            raise


def _pivot(new, old):
    _check(_libc.syscall(SYS_PIVOT_ROOT, new.encode(), old.encode()), "pivot_root")
    os.chdir("/")


def _show(path, place):
    target = "/new" + place
    if os.path.islink("/old" + path) and not path.startswith("/etc/"):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink("/old" + path), target)
        return
    source = _source(path)
    if not os.access(source, os.R_OK):
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    # Mounts below the source are included, because the kernel refuses to uncover what they hide.
    mount(source, target, None, MS_BIND | MS_REC)
    _read_only(target, recursive=True)


def _source(path):
    """Returns the path in the old root. Absolute links are resolved there, because here they lead to another root."""
    for _ in range(8):
        if not os.path.islink("/old" + path):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink("/old" + path)))
    return "/old" + path


class _Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


def _read_only(path, recursive=False):
    # The bits of MOUNT_ATTR_* for read only, nosuid and nodev are the same as those of MS_*.
    attributes = _Attributes(MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    flags = 0x8000 if recursive else 0
    size = ctypes.sizeof(attributes)
    if _libc.syscall(SYS_MOUNT_SETATTR, -100, path.encode(), flags, ctypes.byref(attributes), size) == 0:
        return
    # Before Linux 5.12: changes one mount at a time and keeps the flags that the kernel has locked.
    locked = os.statvfs(path).f_flag
    keep = locked & (MS_NOSUID | MS_NODEV | MS_NOEXEC | 1024 | 2048) | (1 << 21 if locked & 4096 else 0)
    mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | keep)


def _devices():
    os.makedirs("/new/dev/shm")
    for name in ("null", "zero", "full", "random", "urandom"):
        os.close(os.open(f"/new/dev/{name}", os.O_CREAT | os.O_WRONLY))
        mount(f"/old/dev/{name}", f"/new/dev/{name}", None, MS_BIND)
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink("/proc/self/fd" + target, f"/new/dev/{name}")
    os.mkdir("/new/dev/pts")
    os.symlink("pts/ptmx", "/new/dev/ptmx")


def give_up_everything(limits, filter):
    """Drops capabilities and setuid, sets limits, and refuses system calls. `filter` is a seccomp program in bytes or
    None.
    """
    # In a user namespace, a program could use the parts of the kernel that are for root.
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    limit(limits)
    drop_bounds()
    header = struct.pack("=Ii", 0x20080522, 0)
    _check(_libc.capset(header, bytes(24)), "capset")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    # A new user namespace hides a process from its own user, and the server could not read how much memory it shares.
    prctl(PR_SET_DUMPABLE, 1)
    if filter:
        refuse_calls(filter)


def limit(limits):
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))


def drop_bounds():
    """Drops the capabilities that executed programs could gain, as far as the process may drop them."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1


def refuse_calls(filter):
    """Refuses system calls, also for all children. `filter` is a seccomp program in bytes."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    program = ctypes.create_string_buffer(filter, len(filter))
    # This is struct sock_fprog: a count, padding, a pointer.
    description = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(filter) // 8, ctypes.addressof(program)))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(description))
