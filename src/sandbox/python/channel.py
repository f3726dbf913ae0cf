"""Frames on two descriptors, as in frames.ts: control lines of JSON, and binary frames after a `#<id> <length>` line.

Input comes from the host and is trusted. Each output frame is written as a whole, whichever thread writes it.
"""

import os
import threading

MAX_FRAME = 1 << 18


class Channel:
    def __init__(self, read_fd, write_fd):
        self._reader = os.fdopen(read_fd, "rb", buffering=MAX_FRAME)
        self._write_fd = write_fd
        self._lock = threading.Lock()

    def frames(self):
        """Yields `(None, line)` or `(id, bytes)` until the host has closed the connection."""
        while True:
            line = self._reader.readline()
            if not line.endswith(b"\n"):
                return
            if not line.startswith(b"#"):
                yield None, line
                continue
            id, size = line[1:].split(b" ")
            data = self._reader.read(int(size))
            if len(data) < int(size):
                return
            yield int(id), data

    def send(self, text, id=0, data=None):
        parts = [text.encode() + b"\n"]
        for at in range(0, len(data or b""), MAX_FRAME):
            part = data[at : at + MAX_FRAME]
            parts += [b"#%d %d\n" % (id, len(part)), part]
        self._write(parts)

    def send_bytes(self, id, data):
        """Sends one binary frame. An empty frame is the end."""
        self._write([b"#%d %d\n" % (id, len(data)), data])

    def _write(self, parts):
        with self._lock:
            for part in [b"".join(parts)] if sum(map(len, parts)) < 65_536 else parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(self._write_fd, rest) :]
