"""One session of a native Python. A thread receives the requests, and cells run in the main thread.

Runs inside the sandbox with the engine that runs cells: the harness, or the kernel of IPython. Untrusted code shares
this process, so the host relies on nothing here.
"""

import json
import os
import queue
import random
import signal
import sys
import threading
from os import _exit

import _environment
from _agent_files import Put, in_words, open_to_read
from _capture import Capture
from _channel import MAX_FRAME, Channel
from _harness_files import DATA, changed
from _harness import stay
from _harness_output import flush, forget_lock, host, raw_output, stderr, stdout
from _harness_packages import known
from _interrupts import Interrupts


def serve(read_fd, write_fd, settings, engine):
    """Never returns. `engine.run_cell(json)` runs a cell. Child processes do not inherit the two descriptors."""
    _empty_input()
    _reseed()
    os.chdir(DATA)
    known.update(settings["known"])
    _environment.lay_session(settings)
    channel = Channel(read_fd, write_fd)
    interrupts = Interrupts()
    owner = os.getpid()
    stay(owner)

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
            # A child process that the cell forked has come to the end of the cell.
            flush()
            _exit(0)


class _Reader:
    def __init__(self, channel, interrupts, requests):
        self._channel = channel
        self._interrupts = interrupts
        self._requests = requests
        self._put = None

    def run(self):
        # Only the main thread may receive signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for id, data in self._channel.frames():
                if id is None:
                    self._handle(json.loads(data))
                elif self._put and self._put.id == id:
                    self._receive(id, data)
        finally:
            _exit(0)

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
                self._put = None
                self._put = Put(id, request["name"], request.get("size"), request.get("alias"))
            elif op == "get":
                self._get(id, request["name"], request["maxBytes"])
            elif op == "changed":
                changed(json.dumps({"id": id, "files": request["files"], "file_bytes": request["fileBytes"]}))
        except Exception as error:
            self._send(id, "failed", message=in_words(error))

    def _send(self, id, ev, **fields):
        self._channel.send(json.dumps({"ev": ev, "id": id, **fields}))

    def _receive(self, id, data):
        """Handles one part of the file being put. An empty part is its end. Parts after a failure are ignored."""
        try:
            if data:
                return self._put.write(data)
            self._put.end()
            self._send(id, "written")
        except Exception as error:
            self._send(id, "failed", message=in_words(error))
        self._put = None

    def _get(self, id, name, most):
        fd, size = open_to_read(name)
        try:
            if size > most:
                raise OSError(f"it is larger than {most} bytes")
            self._send(id, "file", size=size)
            left = size
            while left > 0:
                data = os.read(fd, min(MAX_FRAME, left))
                if not data:
                    break
                left -= len(data)
                self._channel.send_bytes(id, data)
            self._channel.send_bytes(id, b"")
        finally:
            os.close(fd)


def _empty_input():
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)


def _reseed():
    """Without this, forked sessions would draw the same random numbers."""
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random:
        numpy_random.seed()


def _print_in_child(text):
    message = json.loads(text)
    if message["ev"] == "stream":
        os.write(1 if message["name"] == "stdout" else 2, message["text"].encode("utf-8", "replace"))


def _in_order(drain):
    """Makes sure that the output of a child process is sent before text that is printed after it."""
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
