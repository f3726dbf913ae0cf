"""Runs a program without namespaces: `python3 -I landlock.py <settings> <program> <argument>...`.

This process remains as the supervisor of the session, which is its child. It gives the session a folder and, when the
server is root, its own user. It measures the folder, and ends all processes of the session: when the program ends, at
SIGTERM, and when the server dies. Signals of the session cannot reach it.

Sessions have numbered places below one folder. A place is taken as long as its lock is held, which is until this
process ends. The user of place n is `first + 2n`. The supervisor has it as its effective user, so that it may do what
the session may. Its real user is `first + 2n + 1`, to which the session cannot send signals.
"""

import fcntl
import json
import os
import signal
import stat
import sys
import tempfile
import time

PROC_OF_ALL = "cpuinfo filesystems loadavg meminfo stat uptime version sys/kernel/osrelease sys/vm/overcommit_memory".split()
PROC_OF_ITSELF = "cmdline comm fd limits maps smaps_rollup stat statm status".split()
DEVICES = "null zero full random urandom".split()
PR_SET_CHILD_SUBREAPER = 36
PF_EXITING = 4
# An empty file also uses memory of the file system, so files are counted.
ENTRIES = 32_768
# In seconds. Files grow faster than memory.
LOOK_AT_FILES, LOOK_AT_MEMORY = 0.1, 0.25
# How many checks in a row may be refused by some process. The kernel refuses for a moment while a process starts or
# ends. It need not be the same process, because hostile code can continue in a new one each time.
MAX_REFUSED = 20


def start():
    # -I removes the folder of the script from the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    settings, program = json.loads(sys.argv[1]), sys.argv[2:]
    server = os.getppid()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    try:
        supervisor = Supervisor(settings, server)
    except Exception as error:
        sys.exit(str(error))
    os._exit(supervisor.run(program))


class Supervisor:
    def __init__(self, settings, server):
        import _confine as confine
        import _landlock_folder as folder
        import _landlock_rules as rules

        self._settings = settings
        users = settings.get("users")
        self._abi = min(rules.version(), settings.get("version", 99))
        if self._abi == 0:
            raise OSError("this kernel has no Landlock, or it is switched off, or this container's seccomp refuses it")
        if self._abi < 2 or (self._abi < 6 and not users):
            needed = "Linux 5.19" if users else "Linux 6.12, or a server that is root and gives each session its own user,"
            raise OSError(f"Landlock of version {self._abi}: {needed} is needed")
        with open(settings["filter"], "rb") as file:
            self._filter = file.read()
        if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
            raise OSError("this kernel does not list the children of a process (CONFIG_PROC_CHILDREN)")
        self._socket = _buffer()
        # True for a native Python. Other programs have no files.
        self._has_files = "fd" in settings
        if self._has_files:
            _link(settings["fd"])
        self._take_place(settings["sessions"], users)
        if users:
            confine.drop_bounds()
            self._become(users[0] + 2 * self._number)
            # A supervisor that was killed may have left processes of this user that are not below this process.
            self._end_all()
        confine.limit({"core": settings["limits"]["core"]})
        # The kernel only confines processes that cannot gain rights by executing programs.
        confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1)
        if self._abi >= 6:
            rules.keep_signals_in(self._abi)
        confine.prctl(PR_SET_CHILD_SUBREAPER, 1)
        for path in self._left:
            folder.empty(path)
        # Changing the user resets this setting, so it comes after that.
        confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != server:
            raise OSError("the server is gone")
        for name in ("data", "tmp"):
            os.mkdir(os.path.join(self._folder, name), 0o700)

    def _take_place(self, sessions, users):
        for number in range(users[1] // 2 if users else 1 << 16):
            place = os.path.join(sessions, str(number))
            os.makedirs(place, 0o711, exist_ok=True)
            lock = os.open(os.path.join(place, "lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self._number, self._lock = number, lock
            self._left = [os.path.join(place, name) for name in os.listdir(place) if name != "lock"]
            self._folder = tempfile.mkdtemp(prefix="session-", dir=place)
            if users:
                user = users[0] + 2 * number
                os.chmod(place, 0o711)
                os.chown(place, user + 1, user + 1)
                os.chown(self._folder, user, user)
            return
        raise OSError("all places are taken")

    def _become(self, user):
        os.setgroups([])
        os.setresgid(user + 1, user, user + 1)
        os.setresuid(user + 1, user, user + 1)

    def run(self, program):
        self._child = os.fork()
        if self._child == 0:
            try:
                self._enter(program)
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
            finally:
                os._exit(126)
        # The open descriptors keep these files readable. Without them the kernel forgets the permission when memory is
        # short.
        self._kept = [_open(f"/proc/{self._child}/{name}") for name in PROC_OF_ITSELF]
        for fd in (0, 1):
            os.close(fd)
        why = None
        try:
            self._watch()
        except Exception as error:
            why = error
        self._end_all()
        self._remove_folders()
        if why is None:
            return 0
        # This comes last, because it fails if nobody reads it.
        os.write(2, f"the session was ended: {why}\n".encode())
        return getattr(why, "reason", 1)

    def _enter(self, program):
        import _confine as confine
        import _landlock_rules as rules

        settings = self._settings
        supervisor = os.getppid()
        os.setsid()
        if settings.get("users"):
            user = os.geteuid()
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        confine.prctl(confine.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(1)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        environment = {}
        write = []
        if self._has_files:
            os.dup2(_open(self._folder), settings["fd"])
            if not os.path.samefile("/mnt/data", os.path.join(self._folder, "data")):
                raise OSError("/mnt/data is not a session's own folder")
            write = [os.path.join(self._folder, name) for name in ("data", "tmp")]
            environment = {"TMPDIR": write[1]}
        limits = settings["limits"]
        if not settings.get("users"):
            # This limit counts all processes of this user.
            limits["nproc"] += _tasks_of(os.getuid())
        confine.limit(limits)
        own = [f"/proc/{os.getpid()}/{name}" for name in PROC_OF_ITSELF]
        read = [*settings["folders"], *own, *(f"/proc/{name}" for name in PROC_OF_ALL)]
        rules.restrict(self._abi, read, write, [f"/dev/{name}" for name in DEVICES])
        confine.refuse_calls(self._filter)
        os.execve(program[0], program, environment)

    def _watch(self):
        """Waits until the first process of the session or the server ends. Raises if the session exceeds a limit."""
        interval = LOOK_AT_FILES if self._has_files else LOOK_AT_MEMORY
        looks, refused, due = 0, 0, time.monotonic()
        while True:
            # The time of the next check is fixed, because a session could send one signal after the other.
            got = signal.sigtimedwait({signal.SIGCHLD, signal.SIGTERM}, max(0, due - time.monotonic()))
            if got and (got.si_signo == signal.SIGTERM or self._has_ended()):
                return
            began = time.monotonic()
            if began >= due:
                refused = 0 if self._look(looks % 10 == 0) else refused + 1
                if refused > MAX_REFUSED:
                    raise PermissionError("one of its processes cannot be looked at")
                looks += 1
                due = time.monotonic() + max(interval, 4 * (time.monotonic() - began))

    def _look(self, at_mappings):
        """Checks the limits once. Returns whether all threads could be inspected."""
        import _landlock_use as use

        pids = _descendants(os.getpid())
        files = use.Files(self._settings["disk"], ENTRIES) if self._has_files else None
        sockets = set()
        has_seen_all = True
        for thread in (path for pid in pids for path in use.threads(pid)):
            try:
                for about in use.open_files(thread):
                    if stat.S_ISSOCK(about.st_mode):
                        sockets.add(about.st_ino)
                    elif files:
                        files.add_deleted(about)
            except PermissionError:
                has_seen_all = has_seen_all and _is_ending(thread)
            except OSError:
                continue
        for pid in pids if files and at_mappings else ():
            files.add_deleted_mappings(pid, self._folder)
        use.check_memory(pids, self._settings["memory"] - self._socket * len(sockets))
        if files:
            files.add_folder(self._folder)
        return has_seen_all

    def _has_ended(self):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid in (0, self._child):
                return pid != 0

    def _end_all(self):
        """Kills all that this process may signal, at once and even while it forks: exactly the session."""
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except OSError:
                pass
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def _remove_folders(self):
        """Must be the last step: after it, this process is no longer the user of the session, to whom the files belong.
        """
        import _landlock_folder as folder

        folder.empty(self._folder)
        if self._settings.get("users"):
            # The place belongs to the real user of the supervisor.
            os.seteuid(os.getuid())
        for path in (*self._left, self._folder):
            os.rmdir(path)


def _link(fd):
    """Makes /mnt/data a link that every process resolves for itself, so it leads to the folder of its session."""
    wanted = {"/mnt/data": f"/proc/self/fd/{fd}/data", "/mnt": f"/proc/self/fd/{fd}"}
    if any(os.path.islink(path) and os.readlink(path) == target for path, target in wanted.items()):
        return
    try:
        if os.path.isdir("/mnt/data"):
            # Fails if the folder is not empty or something is mounted on it.
            os.rmdir("/mnt/data")
        os.makedirs("/mnt", exist_ok=True)
        os.symlink(wanted["/mnt/data"], "/mnt/data")
    except FileExistsError:
        if not os.path.islink("/mnt/data"):
            raise
    except OSError as error:
        command = f"ln -s {wanted['/mnt/data']} /mnt/data"
        raise OSError(f"/mnt/data must be a link, made once by root with `{command}` ({error.strerror})") from None


def _buffer():
    """Returns the number of bytes that may wait in a socket, in memory that belongs to no process."""
    try:
        with open("/proc/sys/net/core/wmem_default") as file:
            return int(file.read())
    except OSError:
        return 212_992


def _tasks_of(user):
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count


def _descendants(pid):
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as file:
                    found += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found[1:]


def _is_ending(thread):
    """Whether the thread is ending, or has ended and nobody has waited for it."""
    try:
        with open(f"{thread}/stat", "rb") as file:
            state, _, _, _, _, _, flags, *_ = file.read().rpartition(b") ")[2].split()
        return state in b"ZX" or bool(int(flags) & PF_EXITING)
    except OSError:
        return True


def _open(path):
    return os.open(path, os.O_PATH)


start()
