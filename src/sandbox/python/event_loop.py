"""The event loop of a native session. All cells share it, and it runs only while a cell waits for something.

So `asyncio.run` works in a cell as in a program, and tasks of one cell can be awaited in the next.
"""

import asyncio

from _harness_output import host

_loop = None


def begin_loop():
    """Makes the loop the current one again, because `asyncio.run` in an earlier cell may have replaced it."""
    global _loop
    if _loop is None or _loop.is_closed():
        # The loop is made late, because a loop that was copied by a fork shares its epoll with the others.
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)


def wait(coroutine):
    """Returns the result of a coroutine. When it is interrupted, its `finally` blocks run before this raises."""
    task = _loop.create_task(coroutine)
    try:
        return _loop.run_until_complete(task)
    except (KeyboardInterrupt, SystemExit):
        # A second interrupt must not stop the cleanup after the first.
        host.powers.disarm()
        end_tasks()
        raise


def end_tasks():
    tasks = asyncio.all_tasks(_loop)
    for task in tasks:
        task.cancel()
    if tasks and not _loop.is_running():
        _loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
