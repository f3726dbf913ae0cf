"""Interrupts a running cell: SIGINT goes to the main thread, and is delayed while a frame is being written.

A KeyboardInterrupt in the middle of a frame would leave half of it in the pipe, and the host would take the kernel for
hostile.
"""

import signal
import threading


class Interrupts:
    def __init__(self):
        self.running = 0
        self._wanted = -1
        self._armed = False
        self._holding = 0
        self._pending = False
        self._main = threading.main_thread().ident
        signal.signal(signal.SIGINT, self._hear)

    def begin(self, id):
        self.running = id
        self._pending = False
        # A program may have set its own handler, which must not outlive its cell.
        signal.signal(signal.SIGINT, self._hear)

    def arm(self):
        self._armed = True
        if self.interrupted():
            raise KeyboardInterrupt

    def disarm(self):
        self._armed = False

    def interrupted(self):
        return self._wanted == self.running

    def request(self, id):
        """Called by the reading thread. An interrupt for a cell that has ended is ignored."""
        self._wanted = id
        if self.running == id:
            signal.pthread_kill(self._main, signal.SIGINT)

    def _hear(self, _signal, _frame):
        if not self._armed or not self.interrupted():
            return
        if self._holding:
            self._pending = True
        else:
            raise KeyboardInterrupt

    def hold(self, work, *arguments):
        """Runs something that must not be interrupted in the middle."""
        if threading.get_ident() != self._main:
            return work(*arguments)
        self._holding += 1
        try:
            work(*arguments)
        finally:
            self._holding -= 1
        if self._pending and not self._holding and self._armed:
            self._pending = False
            raise KeyboardInterrupt
