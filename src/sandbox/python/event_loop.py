"""The event loop of a native session: one for all cells, which runs only while a cell waits for something.

So `asyncio.run` works in a cell as in a program, and tasks of one cell can be awaited in the next.
"""

import asyncio

from _harness_output import host

_loop = None


def begin_loop():
    """Makes the loop the current one again: `asyncio.run` of an earlier cell has taken its place."""
    global _loop
    if _loop is None or _loop.is_closed():
        # Not before: a loop that a fork has copied shares its epoll with the others.
        _loop = asyncio.new_event_loop()
    asyncio.set_event_loop(_loop)


def wait(coroutine):
    """The result of a coroutine. An interrupt ends it, and its `finally` blocks have run when this raises."""
    task = _loop.create_task(coroutine)
    try:
        return _loop.run_until_complete(task)
    except (KeyboardInterrupt, SystemExit):
        # A second interrupt must not hit what cleans up after the first.
        host.powers.disarm()
        end_tasks()
        raise


def end_tasks():
    tasks = asyncio.all_tasks(_loop)
    for task in tasks:
        task.cancel()
    if tasks and not _loop.is_running():
        _loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
