"""The first process of a container: `python3 -I -B -c <this text> <settings>`, because the image has nothing of ours.

It takes our sources from stdin, starts the session, and from then on passes stdin on to it. The session cannot stop it:
signals to the init of a PID namespace do not come from inside, and it is not dumpable, so that its memory and its
descriptors are closed to its own user. When the server is gone, stdin ends, this process with it, and the kernel kills
the rest, whatever the rest is doing. The session itself could hold its own stdin open for ever.
"""

import base64
import ctypes
import json
import os
import select
import signal
import sys

# For what an engine leaves behind that does not close stdin.
LONGEST_LIFE = 24 * 3600
PR_SET_DUMPABLE = 4
PART = 1 << 18


def start():
    settings = json.loads(sys.argv[1])
    files = json.loads(_read(int(_read(10))))
    _lay(settings["folder"], files)
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    source, target = os.pipe()
    session = os.fork()
    if session == 0:
        os.dup2(source, 0)
        os.close(source)
        os.close(target)
        _become_session(settings)
    os.close(source)
    # Python's own handler would let the session in.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, lambda *_: _reap(session))
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.alarm(LONGEST_LIFE)
    _reap(session)
    _pass_on(0, target)
    os._exit(0)


def _read(size):
    """Not a byte more: what follows is the session's."""
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def _lay(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(content))


def _become_session(settings):
    try:
        sys.path.append(settings["folder"])
        if settings["filter"]:
            import _confine

            with open(os.path.join(settings["folder"], settings["filter"]), "rb") as file:
                _confine.refuse_calls(file.read())
        # A new program is dumpable again, and has nothing of the environment that the image gave.
        start = os.path.join(settings["folder"], "_start.py")
        os.execve(sys.executable, [sys.executable, "-I", "-B", start, json.dumps(settings["session"])], {})
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def _reap(session):
    """Whatever ends here is this process's to wait for. With the session ends the container."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == session:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _pass_on(source, target):
    """Until the source ends; also while the target takes nothing."""
    os.set_blocking(target, False)
    poll = select.poll()
    rest = memoryview(b"")
    while True:
        poll.register(source, 0 if rest else select.POLLIN)
        poll.register(target, select.POLLOUT if rest else 0)
        for fd, events in poll.poll():
            if fd == target and events & select.POLLOUT:
                rest = rest[os.write(target, rest) :]
            elif fd == source and events & select.POLLIN:
                rest = memoryview(os.read(source, PART))
                if not rest:
                    return
            else:
                return


start()
