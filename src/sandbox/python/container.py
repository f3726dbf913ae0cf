"""The first process of a container: `python3 -I -B -c <this text> <settings>`. The image contains nothing of this
product.

It reads the other files from stdin, starts the session, and then passes its stdin on to the session. The session cannot
stop it: the init of a PID namespace ignores signals from inside, and it is not dumpable, so its memory and descriptors
are closed to its own user. When the server has ended, stdin ends, then this process ends, and the kernel kills all
other processes, whatever they do. The session itself could keep its own stdin open for ever.
"""

import base64
import ctypes
import json
import os
import select
import signal
import sys

# In seconds. This ends containers of an engine that does not close stdin.
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
    # Python's own handler would let the session interrupt this process.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, lambda *_: _reap(session))
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.alarm(LONGEST_LIFE)
    _reap(session)
    _pass_on(0, target)
    os._exit(0)


def _read(size):
    """Reads no byte more than this, because the next bytes belong to the session."""
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
        # A new program is dumpable again. Its environment is empty, without the variables of the image.
        start = os.path.join(settings["folder"], "_start.py")
        os.execve(sys.executable, [sys.executable, "-I", "-B", start, json.dumps(settings["session"])], {})
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(1)


def _reap(session):
    """Waits for processes that have ended. The container ends with the session."""
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
    """Copies until the source ends, and notices that also while the target accepts nothing."""
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
