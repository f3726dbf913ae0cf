"""One session of a native Python: requests come in by a thread of their own, cells run in the main thread.

Runs inside the sandbox, with whatever engine runs cells: harness, or the IPython kernel in jupyter. Strangers' code
shares this process, so nothing here is relied on by the host.
"""

import json
import os
import queue
import random
import signal
import stat
import sys
import threading

from _capture import Capture
from _channel import MAX_FRAME, Channel
from _harness_files import DATA, changed, seen
from _harness_output import flush, forget_lock, host, raw_output, stderr, stdout
from _interrupts import Interrupts


def serve(read_fd, write_fd, settings, engine):
    """Never returns. `engine.run_cell(json)` runs a cell; both descriptors stay out of the reach of child processes."""
    _empty_input()
    _reseed()
    os.chdir(DATA)
    channel = Channel(read_fd, write_fd)
    interrupts = Interrupts()
    owner = os.getpid()

    def send(text, id, image):
        if os.getpid() != owner:
            return _print_in_child(text)
        interrupts.hold(channel.send, text, id, image)

    host.send = send
    host.powers = interrupts
    host.limits = settings["limits"]
    host.fds = {"stdout": 1, "stderr": 2}
    capture = Capture(raw_output, flush)
    host.later = capture.later
    host.drain = lambda: os.getpid() == owner and capture.drain()
    os.register_at_fork(after_in_child=forget_lock)
    _in_order(host.drain)

    requests = queue.SimpleQueue()
    threading.Thread(target=_Reader(channel, interrupts, requests).run, daemon=True).start()
    while True:
        request = requests.get()
        interrupts.begin(request["id"])
        try:
            engine.run_cell(json.dumps(request))
        except KeyboardInterrupt:
            interrupts.disarm()
            engine.end("interrupted")
        if os.getpid() != owner:
            # A child that the cell has forked came to the end of the cell.
            flush()
            os._exit(0)


class _Reader:
    def __init__(self, channel, interrupts, requests):
        self._channel = channel
        self._interrupts = interrupts
        self._requests = requests
        self._put = None

    def run(self):
        # Signals are the main thread's.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for id, data in self._channel.frames():
                if id is None:
                    self._handle(json.loads(data))
                elif self._put and self._put.id == id:
                    self._write(data)
        finally:
            os._exit(0)

    def _handle(self, request):
        op, id = request["op"], request["id"]
        try:
            if op == "run":
                self._requests.put(request)
            elif op == "interrupt":
                self._interrupts.request(id)
            elif op == "hello":
                self._send(id, "ready")
            elif op == "put":
                self._put = _Put(id, request["name"])
            elif op == "get":
                self._get(id, request["name"], request["maxBytes"])
            elif op == "changed":
                changed(json.dumps({"id": id, "files": request["files"], "file_bytes": request["fileBytes"]}))
        except Exception as error:
            self._send(id, "failed", message=_words(error))

    def _send(self, id, ev, **fields):
        self._channel.send(json.dumps({"ev": ev, "id": id, **fields}))

    def _write(self, data):
        put = self._put
        if data:
            return put.write(data)
        self._put = None
        put.close()
        if put.failed is None:
            seen(put.name)
            self._send(put.id, "written")
        else:
            self._send(put.id, "failed", message=put.failed)

    def _get(self, id, name, most):
        # No link and no FIFO, which would wait for ever.
        fd = os.open(os.path.join(DATA, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            about = os.fstat(fd)
            if not stat.S_ISREG(about.st_mode):
                raise OSError("not a regular file")
            if about.st_size > most:
                raise OSError(f"the file is larger than {most} bytes")
            self._send(id, "file", size=about.st_size)
            left = about.st_size
            while left > 0:
                data = os.read(fd, min(MAX_FRAME, left))
                if not data:
                    break
                left -= len(data)
                self._channel.send_bytes(id, data)
            self._channel.send_bytes(id, b"")
        finally:
            os.close(fd)


class _Put:
    """The file being put. A failure is told at its end, because its bytes are on the way already."""

    def __init__(self, id, name):
        self.id = id
        self.name = name
        self.failed = None
        self._fd = None
        try:
            # Another file of the name is replaced, whatever it was: a FIFO would wait, a link would lead elsewhere.
            path = os.path.join(DATA, name)
            if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
                os.unlink(path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
            self._fd = os.open(path, flags, 0o644)
        except OSError as error:
            self.failed = _words(error)

    def write(self, data):
        if self._fd is None:
            return
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError as error:
            self.failed = _words(error)
            self.close()

    def close(self):
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _words(error):
    known = {28: "no space left in /mnt/data", 40: "not a regular file", 27: "no space left in /mnt/data"}
    return known.get(getattr(error, "errno", None), str(error))[:500]


def _empty_input():
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)


def _reseed():
    """Forked sessions would otherwise draw the same numbers."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random:
        numpy_random.seed()


def _print_in_child(text):
    message = json.loads(text)
    if message["ev"] == "stream":
        os.write(1 if message["name"] == "stdout" else 2, message["text"].encode("utf-8", "replace"))


def _in_order(drain):
    """What a process wrote comes before what is printed after it."""
    import subprocess

    system, wait = os.system, subprocess.Popen.wait

    def ordered_system(command):
        stdout.flush()
        stderr.flush()
        try:
            return system(command)
        finally:
            drain()

    def ordered_wait(self, timeout=None):
        code = wait(self, timeout)
        drain()
        return code

    os.system = ordered_system
    subprocess.Popen.wait = ordered_wait
