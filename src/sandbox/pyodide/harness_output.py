"""What a cell shows: captured streams, values, images. Runs inside the sandbox, as part of the harness."""

import base64
import io
import json
import sys
import time
import types

# Text of one message. Escaping can make six bytes of a character, and a control line has 1 MiB.
TEXT = 128 * 1024

host = types.SimpleNamespace(send=None, powers=None, limits={}, cells=0)
cell = types.SimpleNamespace(id=0, output=0, images=0, image_bytes=0, truncated=False)


def send(ev, image=None, **fields):
    fields = {"ev": ev, "id": cell.id, **fields}
    text = json.dumps(fields, ensure_ascii=False)
    # Lone surrogates are legal in Python's strings and in no encoding.
    host.send(text.encode("utf-8", "replace").decode(), cell.id, image)


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
        for other in (stdout, stderr):
            if other is not self:
                other.flush()
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
            send("stream", name=self.name, text=text[at : at + TEXT])


stdout = Stream("stdout")
stderr = Stream("stderr")


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
        elif isinstance(shown, str) and len(shown) <= min(TEXT // 4, cell.output):
            cell.output -= len(shown)
            rich[mime] = shown
    return {"text/plain": _spend(repr(value), TEXT // 4), **rich}, image


def show(ev, value):
    stdout.flush()
    stderr.flush()
    data, image = _bundle(value)
    if image is not None:
        image = _image(image)
    send(ev, image, data=data, size=0 if image is None else len(image))


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


def display(*values, **_):
    for value in values:
        show("display", value)


def show_figures(*_, **__):
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
                stdout.flush()
                send("display", png, data={"text/plain": _spend(repr(figure), 1000)}, size=len(png))
        plt.close(figure)
