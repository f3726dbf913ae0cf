"""What a cell shows: captured streams, values, images. Runs inside the sandbox, as part of the harness."""

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

# Text of one message. Escaping can make six bytes of a character, and a control line has 1 MiB.
TEXT = 128 * 1024
# What a message counts for besides its text, as the host counts.
FRAME = 64
# Messages of text in a second, and at once: a program that flushes after each character sends them joined.
RATE, BURST = 20, 50

# What the engine puts in: `send(json, id, bytes | None)` writes one message, `powers` arms and disarms interrupts,
# `wait(coroutine)` runs one in the event loop, `later()` makes sure that somebody flushes soon, `drain()` takes in
# what processes have written, `fds` are the numbers of the descriptors behind the streams where there are any.
host = types.SimpleNamespace(
    send=None, powers=None, limits={}, cells=0, wait=None, later=lambda: None, drain=lambda: None, fds={},
)
cell = types.SimpleNamespace(id=0, output=0, images=0, image_bytes=0, truncated=False)


def send(ev, image=None, id=None, **fields):
    # What belongs to no cell is the host's own question.
    if id is None:
        cell.output -= FRAME
    fields = {"ev": ev, "id": cell.id if id is None else id, **fields}
    text = json.dumps(fields, ensure_ascii=False)
    # Lone surrogates are legal in Python's strings and in no encoding.
    host.send(text.encode("utf-8", "replace").decode(), fields["id"], image)


class Stream(io.TextIOBase):
    """stdout or stderr. Collects small writes and sends them after 50 ms, or when 8 KiB are there."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name):
        self.name = name
        self.buffer = _Bytes(self)
        self._parts = []
        self._size = 0
        self._since = 0.0
        self._plain = Plain()
        # Threads of a cell print as well. One lock for both streams, which flush each other.
        self._lock = _lock

    def writable(self):
        return True

    def fileno(self):
        if self.name not in host.fds:
            raise io.UnsupportedOperation("fileno")
        return host.fds[self.name]

    def reconfigure(self, **_):
        """Programs set the encoding of their output; this one takes any text."""

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
        # A character is at most four bytes; only near the limit is it worth counting exactly.
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
        """For programs. Whoever flushes all the time waits for the next 50 ms with the others."""
        if self._parts and _allowance.take():
            self.send()

    def send(self, is_last=False):
        """`is_last`: the cell is over."""
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
    """`sys.stdout.buffer`."""

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
    """In a forked child: a thread that is not there may have held it."""
    global _lock
    _lock = stdout._lock = stderr._lock = threading.RLock()


def flush(is_last=False):
    stdout.send(is_last)
    stderr.send(is_last)


def raw_output(name, text):
    """What Python's own file descriptors 1 and 2 were given."""
    (stdout if name == "stdout" else stderr).write(text)


def _spend(text, room):
    """`text` cut to what may still be sent."""
    room = min(room, TEXT, cell.output)
    if len(text) > room:
        cell.truncated = True
        text = text[: max(0, room - 1)] + "\u2026"
    cell.output = max(0, cell.output - len(text))
    return text


def _offered(value):
    """What the `_repr_*_` methods of a value offer."""
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
    # Some add metadata.
    return made[0] if isinstance(made, tuple) else made


def show(ev, value):
    flush()
    show_bundle(ev, {"text/plain": repr(value), **_offered(value)})


# `<pandas.io.formats.style.Styler object at 0x7f...>` and the like, which tell a reader nothing.
_NO_TEXT = re.compile(r"<[\w.]+( object)?( at 0x[0-9a-fA-F]+)?>")


def show_bundle(ev, data):
    """Sends a MIME bundle: text always, at most one picture, and markup where it is short."""
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
    """The bytes when this call may still show an image, else None and a line on stderr."""
    if cell.images <= 0 or len(png) > cell.image_bytes:
        cell.truncated = True
        reason = "too many images in one call" if cell.images <= 0 else "the image is too large"
        stderr.write(f"[an image was left out: {reason}]\n")
        stderr.flush()
        return None
    cell.images -= 1
    return png


class DisplayHandle:
    """What shows another value in the place of one; here it is shown after it."""

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
    """Sends the figures that are open and closes them, as a notebook does after each cell."""
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
