"""The output of a cell: captured streams, values, images. Runs inside the sandbox, as part of the harness."""

import base64
import io
import json
import re
import sys
import threading
import time
import types

from _harness_html import text_of
from _harness_plain import Plain, plain
from _harness_plotly import PLOTLY, saved_figure
from _harness_pictures import png_of

# Characters of one message. JSON may need six bytes for a character, and a control line has at most 1 MiB.
TEXT = 128 * 1024
# What a message counts in addition to its text. The host counts in the same way.
FRAME = 64
# Messages of text in a second and at once. A program that flushes after each character sends them joined.
RATE, BURST = 20, 50

# The engine sets these: `send(json, id, bytes | None)` writes one message, `powers` arms and disarms interrupts,
# `wait(coroutine)` runs it in the event loop, `later()` makes a flush happen soon, `drain()` reads what processes have
# written, and `fds` are the numbers of the descriptors behind the streams, if there are any.
host = types.SimpleNamespace(
    send=None, powers=None, limits={}, cells=0, wait=None, later=lambda: None, drain=lambda: None, fds={},
)
cell = types.SimpleNamespace(id=0, output=0, images=0, image_bytes=0, truncated=False)


def send(ev, image=None, id=None, **fields):
    # A message with an id answers the host and is not output of the cell.
    if id is None:
        cell.output -= FRAME
    fields = {"ev": ev, "id": cell.id if id is None else id, **fields}
    text = json.dumps(fields, ensure_ascii=False)
    # A Python string may contain lone surrogates, which no encoding accepts.
    host.send(text.encode("utf-8", "replace").decode(), fields["id"], image)


class Stream(io.TextIOBase):
    """stdout or stderr. Collects small writes and sends them after 50 ms, or when there are 8 KiB."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name):
        self.name = name
        self.buffer = _Bytes(self)
        self._parts = []
        self._size = 0
        self._since = 0.0
        self._plain = Plain()
        # Threads of a cell print as well. The two streams share one lock, because each flushes the other.
        self._lock = _lock

    def writable(self):
        return True

    def fileno(self):
        if self.name not in host.fds:
            raise io.UnsupportedOperation("fileno")
        return host.fds[self.name]

    def reconfigure(self, **_):
        """Does nothing. Programs set the encoding of their output, but this stream accepts any text."""

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            return self._write(text)

    def _write(self, text):
        other = stderr if self is stdout else stdout
        other.send()
        room = cell.output
        if room <= 0:
            cell.truncated = cell.truncated or bool(text)
            return len(text)
        kept = text
        # A character is at most four bytes, so exact counting is needed only near the limit.
        if len(text) * 4 > room:
            raw = text.encode("utf-8", "backslashreplace")
            if len(raw) > room:
                cell.truncated = True
                raw = raw[:room]
                kept = raw.decode("utf-8", "ignore")
            cell.output -= len(raw)
        else:
            cell.output -= len(text.encode("utf-8", "backslashreplace"))
        if kept:
            now = time.monotonic()
            if not self._parts:
                self._since = now
                host.later()
            self._parts.append(kept)
            self._size += len(kept)
            if self._size >= 8192 or now - self._since > 0.05:
                self.send()
        return len(text)

    def flush(self):
        """Called by programs. When they flush too often, the text is sent within 50 ms instead."""
        if self._parts and _allowance.take():
            self.send()

    def send(self, is_last=False):
        """`is_last` says that the cell has ended."""
        with self._lock:
            if not self._parts and not is_last:
                return
            text = self._plain.take("".join(self._parts), is_last)
            self._parts = []
            self._size = 0
            for at in range(0, len(text), TEXT):
                send("stream", name=self.name, text=text[at : at + TEXT])


class _Allowance:
    def __init__(self):
        self._left = BURST
        self._at = 0.0

    def take(self):
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * RATE)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Bytes(io.RawIOBase):
    """Implements `sys.stdout.buffer`."""

    def __init__(self, stream):
        self._stream = stream

    def writable(self):
        return True

    def write(self, data):
        self._stream.write(bytes(data).decode("utf-8", "backslashreplace"))
        return len(data)


_lock = threading.RLock()
_allowance = _Allowance()
stdout = Stream("stdout")
stderr = Stream("stderr")


def forget_lock():
    """Runs in a forked child, where the lock may be held by a thread that does not exist there."""
    global _lock
    _lock = stdout._lock = stderr._lock = threading.RLock()


def flush(is_last=False):
    stdout.send(is_last)
    stderr.send(is_last)


def raw_output(name, text):
    """Takes what was written to the file descriptors 1 and 2."""
    (stdout if name == "stdout" else stderr).write(text)


def _spend(text, room):
    """Returns `text` cut to the length that may still be sent."""
    room = min(room, TEXT, cell.output)
    if len(text) > room:
        cell.truncated = True
        text = text[: max(0, room - 1)] + "\u2026"
    cell.output = max(0, cell.output - len(text))
    return text


def _offered(value):
    """Returns what the `_repr_*_` methods of a value return, by MIME type."""
    bundle = _made_by(value, "_repr_mimebundle_")
    offered = dict(bundle) if isinstance(bundle, dict) else {}
    for method, mime in (
        ("_repr_png_", "image/png"),
        ("_repr_jpeg_", "image/jpeg"),
        ("_repr_html_", "text/html"),
        ("_repr_svg_", "image/svg+xml"),
        ("_repr_latex_", "text/latex"),
    ):
        shown = _made_by(value, method)
        if shown is not None:
            offered.setdefault(mime, shown)
    return offered


def _made_by(value, method):
    make = None if isinstance(value, type) else getattr(value, method, None)
    if not callable(make):
        return None
    try:
        made = make()
    except Exception:
        return None
    # Some methods also return metadata.
    return made[0] if isinstance(made, tuple) else made


def show(ev, value):
    flush()
    show_bundle(ev, {"text/plain": repr(value), **_offered(value)})


# Texts like `<pandas.io.formats.style.Styler object at 0x7f...>`, which tell a reader nothing.
_NO_TEXT = re.compile(r"<[\w.]+( object)?( at 0x[0-9a-fA-F]+)?>")


def show_bundle(ev, data):
    """Sends a MIME bundle: always the text, at most one picture, and markup when it is short."""
    flush()
    if PLOTLY in data:
        data = {"text/plain": saved_figure(data[PLOTLY])}
    image, reason = png_of(data)
    if reason is not None:
        stderr.write(f"[a picture could not be shown: {reason}]\n")
        stderr.flush()
    text = data.get("text/plain", "")
    if not text or _NO_TEXT.fullmatch(text):
        text = text_of(data.get("text/html", "")[:TEXT]) or data.get("text/markdown") or data.get("text/latex") or text
    rest = [mime for mime in data if mime != "text/plain"]
    if not text and rest and image is None and reason is None:
        text = f"[{', '.join(rest)[:200]} cannot be shown here: only text and pictures can]"
    shown = {"text/plain": _spend(plain(text), TEXT // 4)}
    for mime in ("text/html", "image/svg+xml", "text/latex"):
        rich = data.get(mime)
        if isinstance(rich, str) and len(rich) <= min(TEXT // 4, cell.output):
            cell.output -= len(rich)
            shown[mime] = rich
    if image is not None:
        image = _image(image)
    if ev == "display" and image is None and cell.output <= 0:
        cell.truncated = True
        return
    send(ev, image, data=shown, size=0 if image is None else len(image))


def _image(png):
    """Returns the bytes if this call may show another image. Otherwise returns None and prints a line on stderr."""
    if cell.images <= 0 or len(png) > cell.image_bytes:
        cell.truncated = True
        reason = "too many images in one call" if cell.images <= 0 else "the image is too large"
        stderr.write(f"[an image was left out: {reason}]\n")
        stderr.flush()
        return None
    cell.images -= 1
    return png


class DisplayHandle:
    """In a notebook this replaces a shown value by another. Here the other value is shown after it."""

    def display(self, value, **_):
        display(value)

    update = display


def display(*values, raw=False, display_id=None, **_):
    for value in values:
        if raw:
            show_bundle("display", value)
        else:
            show("display", value)
    return DisplayHandle() if display_id else None


def show_figures(*_, **__):
    """Sends the open figures and closes them, as a notebook does after each cell."""
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
                flush()
                send("display", png, data={"text/plain": _spend(repr(figure), 1000)}, size=len(png))
        plt.close(figure)
