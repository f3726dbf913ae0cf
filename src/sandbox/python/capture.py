"""Adds what processes and C libraries write to descriptors 1 and 2 to the output of the cell.

A thread reads the two pipes. It also sends printed text that was not flushed for 50 ms.
"""

import fcntl
import os
import select
import threading
import time


class Capture:
    def __init__(self, take, flush):
        """`take(name, text)` is called with what was written, `flush()` sends what is buffered."""
        self._take = take
        self._flush = flush
        self._lock = threading.Lock()
        self._names = {}
        self._wake_read, self._wake = os.pipe()
        for fd, name in ((1, "stdout"), (2, "stderr")):
            read, write = os.pipe()
            os.dup2(write, fd)
            os.close(write)
            fcntl.fcntl(read, fcntl.F_SETFL, os.O_NONBLOCK)
            self._names[read] = name
        os.set_blocking(self._wake, False)
        threading.Thread(target=self._pump, daemon=True).start()

    def later(self):
        """Says that there is printed text, which must be sent soon."""
        try:
            os.write(self._wake, b"x")
        except OSError:
            pass

    def drain(self):
        """Reads everything that has been written so far."""
        with self._lock:
            for fd in list(self._names):
                self._read(fd)

    def _read(self, fd):
        # The number of reads is limited, because a background process may write for ever.
        for _ in range(1024):
            try:
                data = os.read(fd, 65_536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._names.pop(fd, None)
                return
            self._take(self._names[fd], data.decode("utf-8", "backslashreplace"))

    def _pump(self):
        while True:
            ready, _, _ = select.select([self._wake_read, *self._names], [], [])
            if self._wake_read in ready:
                os.read(self._wake_read, 65_536)
                time.sleep(0.05)
            self.drain()
            self._flush()
