"""A fork server: `python3 -I zygote.py <settings>` imports everything once and forks a session for each connection.

Its first process only waits, and removes the socket at the end, even if the server was killed. The second is the init
of a PID namespace, with its own root and no network: when it or the first process dies, or the server closes stdin, the
kernel kills every session. It runs no untrusted code. A session is forked twice, because only children are in a new PID
namespace: the first child makes the namespaces, the second is the session.

On stdout: `{"ready": true}`, `{"session": n, "pid": p}` when n was forked (a PID of this namespace), `{"ended": n}`. On
stdin: `{"kill": n}`. A connection first sends `{"session": n}`; everything after that is for the session.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import types


def start():
    # -I removes the folder of the script from the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    settings, *listening = map(json.loads, sys.argv[1:])
    sys.argv = [""]
    import _confine as confine

    if listening:
        return _serve(settings, listening[0])
    confinement = settings["confinement"]
    place = _Place(settings["socket"])
    confine.die_with_parent(os.getppid(), signal.SIGTERM)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(settings["socket"])
    confine.unshare()
    child = os.fork()
    if child != 0:
        listener.close()
        for fd in (0, 1):
            os.close(fd)
        _, status = os.waitpid(child, 0)
        place.remove()
        os._exit(1 if status else 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    place.forget()
    confine.die_with_parent(0)
    confine.make_root(confinement["folders"], confinement["writable"])
    confine.own_locks(confinement["folders"], confine.OWN)
    # The program of the sessions is then a file of the new root, which no process outside can lock.
    listener.set_inheritable(True)
    program = [sys.executable, "-I", os.path.abspath(__file__), json.dumps(settings), str(listener.fileno())]
    os.execve(sys.executable, program, {})


def _serve(settings, listening):
    """Runs in the new root, where this program is started again."""
    import _confine as confine

    confine.die_with_parent(0)
    confinement = settings["confinement"]
    confinement["program"] = None
    if "filter" in confinement:
        with open(confinement["filter"], "rb") as file:
            confinement["program"] = file.read()
    listener = socket.socket(fileno=listening)
    confine.lockable(tuple(confinement["folders"]))
    engine = _warm(settings)
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("a library has started a thread: sessions cannot be forked")
    listener.listen(64)
    _Server(listener, settings, engine).serve()


class _Place:
    """The folder of the socket. SIGTERM, which comes when the server dies, removes it. Its path is not valid in the new
    root.
    """

    def __init__(self, path):
        folder, self._socket = os.path.split(path)
        above, self._folder = os.path.split(folder)
        self._fds = [os.open(path, os.O_PATH | os.O_DIRECTORY) for path in (above, folder)]
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, *_):
        self.remove()
        os._exit(0)

    def remove(self):
        above, folder = self._fds
        # The server may remove it first, and the signal may arrive in the middle of this.
        with contextlib.suppress(OSError):
            os.unlink(self._socket, dir_fd=folder)
        with contextlib.suppress(OSError):
            os.rmdir(self._folder, dir_fd=above)

    def forget(self):
        for fd in self._fds:
            os.close(fd)


def _warm(settings):
    """Imports and prepares what every session would need again."""
    import _environment

    _environment.lay()
    _environment.lay_fonts(settings["fonts"])
    sys.modules["__main__"] = types.ModuleType("__main__")
    engine = importlib.import_module(f"_{settings['engine']}_engine")
    engine.prepare()
    import _agent  # noqa: F401
    import _warm

    _warm.warm()
    engine.warm()
    # The objects are frozen, because every page that the collector touches would be copied in every session.
    gc.collect()
    gc.freeze()
    return engine


class _Server:
    def __init__(self, listener, settings, engine):
        self._listener = listener
        self._settings = settings
        self._engine = engine
        self._sessions = {}
        self._input = b""
        self._selector = selectors.DefaultSelector()
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self._woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._own = [wake]

    def serve(self):
        for source, handler in (
            (self._listener, self._accept),
            (0, self._command),
            (self._woken, self._reap),
        ):
            self._selector.register(source, selectors.EVENT_READ, handler)
        self._say(ready=True)
        while True:
            for key, _ in self._selector.select():
                key.data(key.fileobj)

    def _say(self, **message):
        os.write(1, json.dumps(message).encode() + b"\n")

    def _accept(self, listener):
        connection, _ = listener.accept()
        told, tell = os.pipe()
        first = os.fork()
        if first == 0:
            self._session(connection, tell)
        connection.close()
        os.close(tell)
        self._selector.register(told, selectors.EVENT_READ, lambda told: self._begun(told, first))

    def _begun(self, told, first):
        """The first child has ended, so the session is now a child of this process, the init of its PID namespace."""
        said = os.read(told, 200)
        os.waitpid(first, 0)
        self._selector.unregister(told)
        os.close(told)
        if said:
            message = json.loads(said)
            self._sessions[message["pid"]] = message["session"]
            self._say(**message)
            self._reap(None)

    def _command(self, _):
        data = os.read(0, 65_536)
        if not data:
            os._exit(0)
        *lines, self._input = (self._input + data).split(b"\n")
        for line in lines:
            doomed = json.loads(line)["kill"]
            for pid, session in self._sessions.items():
                if session == doomed:
                    os.kill(pid, signal.SIGKILL)

    def _reap(self, source):
        if source is not None:
            os.read(source, 4096)
        # Only announced sessions are checked, so that the status of a session that ends at once is not lost before
        # that.
        for pid in list(self._sessions):
            if os.waitpid(pid, os.WNOHANG)[0] != 0:
                self._say(ended=self._sessions.pop(pid))

    def _session(self, connection, tell):
        """Runs in the first child. Never returns."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            number = _first_line(connection)["session"]
            import _confine as confine

            confine.unshare()
            session = os.fork()
            if session != 0:
                os.write(tell, json.dumps({"session": number, "pid": session}).encode())
                os._exit(0)
            fd = connection.detach()
            _close_all_but(fd)
            os.setsid()
            confinement = self._settings["confinement"]
            confine.mount_again(confinement["folders"], confinement["writable"])
            confine.give_up_everything(confinement["limits"], confinement["program"])
            from _agent import serve

            serve(fd, os.dup(fd), self._settings, self._engine)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(1)


def _first_line(connection):
    line = b""
    while not line.endswith(b"\n"):
        # The bytes after the line are for the session, so this reads one at a time.
        byte = connection.recv(1)
        if not byte:
            os._exit(0)
        line += byte
    return json.loads(line)


def _close_all_but(fd):
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    for other in map(int, os.listdir("/proc/self/fd")):
        if other > 2 and other != fd:
            try:
                os.close(other)
            except OSError:
                # This descriptor was used for the list and is closed already.
                continue


start()
