"""Runs cells for one session: one `__main__`, captured output, shown values, readable tracebacks.

Everything here is inside the sandbox and may be changed by the code it runs. It makes output readable; it keeps
nobody out. Nothing of JavaScript may be referenced before `connect`, because the memory snapshot is taken then.
"""

import ast
import asyncio
import base64
import builtins
import inspect
import io
import json
import linecache
import os
import random
import stat
import sys
import time
import traceback
import types
import warnings

DATA = "/mnt/data"
# Text of one message. Escaping can make six bytes of a character, and a control line has 1 MiB.
TEXT = 128 * 1024
DEPTH = 3

_main = sys.modules["__main__"].__dict__
_host = types.SimpleNamespace(send=None, powers=None, limits={}, cells=0)
_cell = types.SimpleNamespace(id=0, output=0, images=0, image_bytes=0, truncated=False)
_seen = {}


def connect(send, powers, settings):
    """`send(json, id, bytes | None)` writes one message; `powers` has arm, disarm, interrupted and sleep."""
    _host.send = send
    _host.powers = powers
    _host.limits = json.loads(settings)
    # A snapshot holds the state of the generator: without this every session would draw the same numbers.
    random.seed()
    os.makedirs(DATA, exist_ok=True)
    os.chdir(DATA)
    # Without these, either exception inside a task would end the process; whoever awaits the task still gets it.
    loop = asyncio.get_event_loop()
    loop._keyboard_interrupt_handler = lambda: None
    loop._system_exit_handler = lambda _: None


# ---- output


def _send(ev, image=None, **fields):
    fields = {"ev": ev, "id": _cell.id, **fields}
    text = json.dumps(fields, ensure_ascii=False)
    # Lone surrogates are legal in Python's strings and in no encoding.
    _host.send(text.encode("utf-8", "replace").decode(), _cell.id, image)


class Stream(io.TextIOBase):
    """stdout or stderr. Collects small writes and sends them after 50 ms, or when 8 KiB are there."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name):
        self.name = name
        self._parts = []
        self._size = 0
        self._since = 0.0

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        for other in (_stdout, _stderr):
            if other is not self:
                other.flush()
        room = _cell.output
        if room <= 0:
            _cell.truncated = _cell.truncated or bool(text)
            return len(text)
        kept = text
        # A character is at most four bytes; only near the limit is it worth counting exactly.
        if len(text) * 4 > room:
            raw = text.encode("utf-8", "backslashreplace")
            if len(raw) > room:
                _cell.truncated = True
                raw = raw[:room]
                kept = raw.decode("utf-8", "ignore")
            _cell.output -= len(raw)
        else:
            _cell.output -= len(text.encode("utf-8", "backslashreplace"))
        if kept:
            now = time.monotonic()
            if not self._parts:
                self._since = now
            self._parts.append(kept)
            self._size += len(kept)
            if self._size >= 8192 or now - self._since > 0.05:
                self.flush()
        return len(text)

    def flush(self):
        if not self._parts:
            return
        text = "".join(self._parts)
        self._parts = []
        self._size = 0
        for at in range(0, len(text), TEXT):
            _send("stream", name=self.name, text=text[at : at + TEXT])


_stdout = Stream("stdout")
_stderr = Stream("stderr")


def raw_output(name, text):
    """What Python's own file descriptors 1 and 2 were given."""
    (_stdout if name == "stdout" else _stderr).write(text)


def _spend(text, room):
    """`text` cut to what may still be sent."""
    room = min(room, TEXT, _cell.output)
    if len(text) > room:
        _cell.truncated = True
        text = text[: max(0, room - 1)] + "\u2026"
    _cell.output = max(0, _cell.output - len(text))
    return text


def _bundle(value):
    """The MIME bundle of a value: text always, and what its `_repr_*_` methods offer; and a PNG's bytes."""
    image = None
    rich = {}
    for method, mime in (
        ("_repr_png_", "image/png"),
        ("_repr_html_", "text/html"),
        ("_repr_svg_", "image/svg+xml"),
        ("_repr_latex_", "text/latex"),
    ):
        make = None if isinstance(value, type) else getattr(value, method, None)
        if not callable(make):
            continue
        try:
            shown = make()
        except Exception:
            continue
        if isinstance(shown, tuple):
            shown = shown[0]
        if shown is None:
            continue
        if mime == "image/png":
            image = base64.b64decode(shown) if isinstance(shown, str) else bytes(shown)
        elif isinstance(shown, str) and len(shown) <= min(TEXT // 4, _cell.output):
            _cell.output -= len(shown)
            rich[mime] = shown
    return {"text/plain": _spend(repr(value), TEXT // 4), **rich}, image


def _show(ev, value):
    _stdout.flush()
    _stderr.flush()
    data, image = _bundle(value)
    if image is not None:
        image = _image(image)
    _send(ev, image, data=data, size=0 if image is None else len(image))


def _image(png):
    """The bytes when this call may still show an image, else None and a line on stderr."""
    if _cell.images <= 0 or len(png) > _cell.image_bytes:
        _cell.truncated = True
        reason = "too many images in one call" if _cell.images <= 0 else "the image is too large"
        _stderr.write(f"[an image was left out: {reason}]\n")
        _stderr.flush()
        return None
    _cell.images -= 1
    return png


def display(*values, **_):
    for value in values:
        _show("display", value)


def _show_figures(*_, **__):
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None or not hasattr(plt, "get_fignums"):
        return
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if figure.get_axes() or getattr(figure, "texts", None):
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", bbox_inches="tight")
            png = _image(buffer.getvalue())
            if png is not None:
                _stdout.flush()
                _send("display", png, data={"text/plain": _spend(repr(figure), 1000)}, size=len(png))
        plt.close(figure)


# ---- running


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
    import tokenize

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
    _cell.__dict__.update(_host.limits, id=settings["id"], truncated=False)
    _host.cells += 1
    name = f"<cell {_host.cells}>"
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    sys.stdout, sys.stderr = _stdout, _stderr
    status = "ok"
    try:
        body, value = _compile(code, name)
        _host.powers.arm()
        try:
            result = _evaluate(body, value)
            if result is not None:
                _main["_"] = result
                _show("result", result)
            _show_figures()
        finally:
            _host.powers.disarm()
    except BaseException as error:
        _host.powers.disarm()
        if isinstance(error, asyncio.CancelledError) and _host.powers.interrupted():
            error = KeyboardInterrupt().with_traceback(error.__traceback__)
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        _report(error)
    _stdout.flush()
    _stderr.flush()
    _send("done", status=status, truncated=_cell.truncated)


def _report(error):
    _stdout.flush()
    _stderr.flush()
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
    _send("error", ename=type(error).__name__[:200], evalue=value[:10_000], traceback=text)


def _cut(report):
    """The harness's own frames say nothing to the author of the cell."""
    while report is not None:
        if report.stack:
            report.stack[:] = [frame for frame in report.stack if frame.filename != __name__]
        report = report.__cause__ or report.__context__


# ---- files


def changed(settings):
    """Regular files that are new or different since the last call."""
    settings = json.loads(settings)
    found = []
    _walk(DATA, "", DEPTH, found)
    files = []
    for name, size, mark in sorted(found):
        if _seen.get(name) != mark:
            _seen[name] = mark
            if len(files) < settings["files"] and size <= settings["file_bytes"]:
                files.append({"name": name, "size": size})
    for name in set(_seen) - {name for name, _, _ in found}:
        del _seen[name]
    _cell.id = settings["id"]
    _send("files", files=files)


def seen(name):
    """A file put by the host is no news."""
    about = os.lstat(os.path.join(DATA, name))
    _seen[name] = (about.st_size, about.st_mtime_ns, about.st_ino)


def _walk(folder, prefix, depth, found):
    # 10,000 entries are enough to look at; code can make millions.
    with os.scandir(folder) as entries:
        for entry in entries:
            if len(found) >= 10_000:
                return
            about = entry.stat(follow_symlinks=False)
            name = prefix + entry.name
            if stat.S_ISDIR(about.st_mode) and depth > 1:
                _walk(entry.path, name + "/", depth - 1, found)
            elif stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
                found.append((name, about.st_size, (about.st_size, about.st_mtime_ns, about.st_ino)))


# ---- what the interpreter may not do here


def _refuse(what):
    def refused(*_, **__):
        raise OSError(f"{what} is not available here: this Python cannot start processes")

    return refused


def _no_input(*_, **__):
    raise RuntimeError("input() is not available here: nobody can answer while the code runs")


def _sleep(seconds):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    _stdout.flush()
    _stderr.flush()
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        # Slices, because nothing interrupts the platform's own sleep.
        _host.powers.sleep(max(0.0, min(left, 0.05)) * 1000)
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
