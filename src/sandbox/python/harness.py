"""Runs cells for one session: one `__main__`, captured output, shown values, readable tracebacks.

Everything here is inside the sandbox, and the code that it runs may change it. It makes output readable but protects
nothing. harness_pyodide or agent sets `host`, which contains the differences between Pyodide and a native Python.
"""

import ast
import asyncio
import builtins
import gc
import importlib
import importlib.metadata  # `importlib.invalidate_caches` imports it, so the first cell would wait for it.
import inspect
import io
import json
import linecache
import os
import sys
import tokenize
import traceback
import warnings

import _harness_commands
from _harness_magics import without_magics
from _harness_output import TEXT, cell, display, flush, host, send, show, show_figures, stderr, stdout
from _harness_packages import advice
from _harness_traceback import cut_middle, shorten

_main = sys.modules["__main__"].__dict__
# A session with less free memory cannot be used any more, because importing a library takes this much. In bytes.
_ROOM = 64 << 20


def begin(settings):
    """Prepares for the output of one call. Returns the code to run."""
    settings = json.loads(settings)
    cell.__dict__.update(host.limits, id=settings["id"], truncated=False, lacked_memory=False)
    sys.stdout, sys.stderr = stdout, stderr
    # Makes modules importable that the last cell has written, even if the clock of the file system is coarse.
    importlib.invalidate_caches()
    return settings["code"]


def end(status):
    host.drain()
    flush(is_last=True)
    exhausted = cell.lacked_memory and not _has_room()
    send("done", status=status, truncated=cell.truncated, **({"exhausted": True} if exhausted else {}))


def _has_room():
    """Whether another cell could do anything, after the remains of the failed one are removed."""
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        sys.__dict__.pop(name, None)
    gc.collect()
    try:
        return len(bytearray(_ROOM)) == _ROOM
    except MemoryError:
        return False


def compile_cell(code, name):
    """Compiles all statements except the last, and separately the last one if its value is shown."""
    try:
        tree = ast.parse(code, name)
    except SyntaxError:
        plain = without_magics(code)
        if plain == code:
            raise
        tree = ast.parse(plain, name)
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
            result = host.wait(result)
    return result


def run_text(code):
    """Runs a program in the middle of a cell. Returns the value of its last expression."""
    host.cells += 1
    return _evaluate(*compile_cell(code, _remembered(code)))


def _remembered(code):
    """Registers the code under a name by which tracebacks find its lines. Returns the name."""
    name = f"<cell {host.cells}>"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    return name


def cancel():
    """Ends every wait of the event loop. The cell that waited reports a KeyboardInterrupt."""
    for task in asyncio.all_tasks(asyncio.get_event_loop()):
        task.cancel()


def run_cell(settings):
    """Runs one cell and sends its output. `done` is sent last."""
    code = begin(settings)
    host.cells += 1
    name = _remembered(code)
    status = "ok"
    try:
        body, value = compile_cell(code, name)
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
        host.drain()
        _report(error)
    end(status)


def _report(error):
    flush()
    left_out = shorten(error)
    at = error.__traceback__
    while at is not None and not at.tb_frame.f_code.co_filename.startswith("<cell "):
        at = at.tb_next
    try:
        report = traceback.TracebackException(type(error), error, at, compact=True)
        _cut(report)
        text = "".join(report.format()) + notes_on(error, left_out)
        value = str(error)
    except BaseException as second:
        text = f"{type(error).__name__}: <its text could not be made: {type(second).__name__}>\n"
        value = ""
    send_error(type(error).__name__, value, text)


def notes_on(error, left_out):
    """Returns the text below a traceback, which helps to repair the program."""
    cell.lacked_memory = isinstance(error, MemoryError)
    notes = [f"({left_out:,} calls in the middle of this traceback were left out.)" if left_out else "", advice(error)]
    return "".join(f"{note}\n" for note in notes if note)


def send_error(name, value, text):
    send("error", ename=name[:200], evalue=value[:10_000], traceback=cut_middle(text, TEXT // 4))


def _cut(report):
    """Removes the frames of the harness, because they mean nothing to the author of the cell."""
    while report is not None:
        if report.stack:
            report.stack[:] = [frame for frame in report.stack if not _is_own(frame.filename)]
        report = report.__cause__ or report.__context__


def _is_own(filename):
    return os.path.basename(filename).startswith(("_harness", "_interrupts", "_event_loop"))


def no_input(*_, **__):
    raise RuntimeError("input() is not available here: nobody can answer while the code runs")


class _Leave:
    """`exit` and `quit` do nothing here, as in a notebook."""

    def __repr__(self):
        return "The session goes on."

    def __call__(self, code=None):
        return None


def stay(owner):
    """Makes `os._exit` end the cell and not the session, whose files would be lost. Forked children still end with it.
    """
    leave = os._exit

    def _exit(status):
        if os.getpid() != owner:
            leave(status)
        raise SystemExit(status)

    os._exit = _exit


def install():
    builtins.input = no_input
    builtins.display = display
    builtins.exit = builtins.quit = _Leave()
    # Figures of plotly then come as a MIME type. By default it would look for a browser.
    os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"
    # The current folder is importable, as for a program. It comes after the standard library, because users give their
    # files the names of its modules.
    at = next((at for at, path in enumerate(sys.path) if path.endswith(("site-packages", "dist-packages"))), len(sys.path))
    if "" not in sys.path:
        sys.path.insert(at, "")
    # The backend agg cannot show figures. They are shown after the cell.
    warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown.*")
    for name in ("In", "Out"):
        _main.pop(name, None)
