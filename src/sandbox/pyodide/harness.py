"""Runs cells for one session: one `__main__`, captured output, shown values, readable tracebacks.

Everything here is inside the sandbox and may be changed by the code it runs. It makes output readable; it keeps
nobody out. Nothing of JavaScript may be referenced before `connect`, because the memory snapshot is taken then.
"""

import ast
import asyncio
import builtins
import inspect
import io
import json
import linecache
import os
import random
import sys
import time
import tokenize
import traceback
import warnings

from _harness_files import DATA, changed, seen
from _harness_output import TEXT, cell, display, host, raw_output, send, show, show_figures, stderr, stdout

# For the kernel, which calls them as this module's.
__all__ = ["cancel", "changed", "connect", "raw_output", "run_cell", "seen"]

OWN = {"_harness", "_harness_files", "_harness_output"}

_main = sys.modules["__main__"].__dict__


def connect(send, powers, settings):
    """`send(json, id, bytes | None)` writes one message; `powers` has arm, disarm, interrupted and sleep."""
    host.send = send
    host.powers = powers
    host.limits = json.loads(settings)
    # A snapshot holds the state of the generator: without this every session would draw the same numbers.
    random.seed()
    os.makedirs(DATA, exist_ok=True)
    os.chdir(DATA)
    # Without these, either exception inside a task would end the process; whoever awaits the task still gets it.
    loop = asyncio.get_event_loop()
    loop._keyboard_interrupt_handler = lambda: None
    loop._system_exit_handler = lambda _: None


def _compile(code, name):
    """The statements but the last, and the last one when its value is to be shown."""
    tree = ast.parse(code, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not _suppressed(code):
        last = ast.Expression(tree.body.pop().value)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    body = compile(tree, name, "exec", flags=flags, dont_inherit=True)
    value = None if last is None else compile(last, name, "eval", flags=flags, dont_inherit=True)
    return body, value


def _suppressed(code):
    """A last expression that ends in a semicolon is not shown, as in a notebook."""
    if ";" not in code:
        return False
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT}
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type not in skipped:
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ";"


def _evaluate(body, value):
    for code in (body, value):
        if code is None:
            continue
        result = eval(code, _main)
        if code.co_flags & inspect.CO_COROUTINE:
            result = _wait(result)
    return result


def _wait(coroutine):
    from pyodide.ffi import run_sync

    return run_sync(asyncio.get_event_loop().create_task(coroutine))


def cancel():
    """Ends every wait of the event loop; the cell that waited reports a KeyboardInterrupt."""
    for task in asyncio.all_tasks(asyncio.get_event_loop()):
        task.cancel()


def run_cell(settings):
    """Runs one cell and sends what it shows, and `done` last."""
    settings = json.loads(settings)
    code = settings["code"]
    cell.__dict__.update(host.limits, id=settings["id"], truncated=False)
    host.cells += 1
    name = f"<cell {host.cells}>"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    sys.stdout, sys.stderr = stdout, stderr
    status = "ok"
    try:
        body, value = _compile(code, name)
        host.powers.arm()
        try:
            result = _evaluate(body, value)
            if result is not None:
                _main["_"] = result
                show("result", result)
            show_figures()
        finally:
            host.powers.disarm()
    except BaseException as error:
        host.powers.disarm()
        if isinstance(error, asyncio.CancelledError) and host.powers.interrupted():
            error = KeyboardInterrupt().with_traceback(error.__traceback__)
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        _report(error)
    stdout.flush()
    stderr.flush()
    send("done", status=status, truncated=cell.truncated)


def _report(error):
    stdout.flush()
    stderr.flush()
    at = error.__traceback__
    while at is not None and not at.tb_frame.f_code.co_filename.startswith("<cell "):
        at = at.tb_next
    try:
        report = traceback.TracebackException(type(error), error, at, compact=True)
        _cut(report)
        text = "".join(report.format())
        value = str(error)
    except BaseException as second:
        text = f"{type(error).__name__}: <its text could not be made: {type(second).__name__}>\n"
        value = ""
    # The end of a traceback says more than its beginning.
    text = text if len(text) <= TEXT // 4 else "\u2026" + text[-TEXT // 4 :]
    send("error", ename=type(error).__name__[:200], evalue=value[:10_000], traceback=text)


def _cut(report):
    """The harness's own frames say nothing to the author of the cell."""
    while report is not None:
        if report.stack:
            report.stack[:] = [frame for frame in report.stack if frame.filename not in OWN]
        report = report.__cause__ or report.__context__


def _refuse(what):
    def refused(*_, **__):
        raise OSError(f"{what} is not available here: this Python cannot start processes")

    return refused


def _no_input(*_, **__):
    raise RuntimeError("input() is not available here: nobody can answer while the code runs")


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    stdout.flush()
    stderr.flush()
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        # Slices, because nothing interrupts the platform's own sleep.
        host.powers.sleep(max(0.0, min(left, 0.05)) * 1000)
        if left <= 0.05:
            return


def _install():
    import posix

    # Emscripten's system() would call child_process.spawnSync of Node, which ends the process when that is denied.
    os.system = posix.system = _refuse("os.system")
    os.popen = _refuse("os.popen")
    builtins.input = _no_input
    builtins.display = display
    time.sleep = _sleep
    # agg cannot show figures; they are shown after the cell.
    warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown.*")
    for name in ("In", "Out"):
        _main.pop(name, None)


_install()
