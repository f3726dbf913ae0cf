"""What multiprocessing shares (locks, semaphores, memory), for sessions without /dev/shm.

A lock is an eventfd, which children inherit by fork. Children that are started in another way have no locks, as in a
Python that was built without semaphores.
"""

import os
import select
import threading
import time

RECURSIVE = 0


class SemLock:
    """Implements `_multiprocessing.SemLock`, without `_get_value`, as on macOS."""

    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind, value, maxvalue, name, unlink):
        if not unlink:
            raise NotImplementedError("only processes started by fork can share locks here")
        self.kind, self.maxvalue, self.name = kind, maxvalue, None
        self.handle = os.eventfd(value, os.EFD_SEMAPHORE | os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._held = 0
        self._holder = None

    def __del__(self):
        if hasattr(self, "handle"):
            os.close(self.handle)

    def acquire(self, block=True, timeout=None):
        if self.kind == RECURSIVE and self._is_mine():
            self._held += 1
            return True
        end = None if timeout is None else time.monotonic() + max(0, timeout)
        while True:
            try:
                os.eventfd_read(self.handle)
            except BlockingIOError:
                left = None if end is None else end - time.monotonic()
                if not block or (left is not None and left <= 0):
                    return False
                select.select([self.handle], [], [], left)
                continue
            self._held += 1
            self._holder = threading.get_ident()
            return True

    __enter__ = acquire

    def release(self):
        if self.kind == RECURSIVE:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self.maxvalue == 1 and not self._is_zero():
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        os.eventfd_write(self.handle, 1)

    def __exit__(self, *_):
        self.release()

    def _count(self):
        return self._held

    def _is_mine(self):
        return self._held > 0 and self._holder == threading.get_ident()

    def _is_zero(self):
        return not select.select([self.handle], [], [], 0)[0]

    def _get_value(self):
        raise NotImplementedError

    def _after_fork(self):
        self._held = 0


def install():
    import _multiprocessing
    from multiprocessing.heap import Arena

    # Shared memory then uses the folder for temporary files.
    Arena._dir_candidates = []
    # This call exists since Python 3.10.
    if hasattr(os, "eventfd"):
        _multiprocessing.SemLock = SemLock
