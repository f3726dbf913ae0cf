"""What programs import from IPython to show things, for engines without IPython. Runs as part of the harness."""

import importlib.machinery
import importlib.util
import json
import os
import sys

from _harness_output import DisplayHandle, display, flush


class _Shown:
    """A value with a MIME type, given as its data or as the name of a file."""

    mime = "text/plain"

    def __init__(self, data=None, url=None, filename=None, **_):
        if data is None and filename is None:
            raise ValueError(f"{type(self).__name__} needs data or filename: there is no network here")
        self.data = _content(filename) if data is None else data

    def text(self):
        return self.data.decode() if isinstance(self.data, bytes) else str(self.data)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": self.text(), self.mime: self.text()}


class HTML(_Shown):
    mime = "text/html"

    def _repr_mimebundle_(self, include=None, exclude=None):
        # The harness makes a text of the HTML.
        return {"text/plain": "", self.mime: self.text()}


class SVG(_Shown):
    mime = "image/svg+xml"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": "<SVG>", self.mime: self.text()}


class Markdown(_Shown):
    mime = "text/markdown"


class Latex(_Shown):
    mime = "text/latex"


class Math(Latex):
    def text(self):
        return f"$\\displaystyle {super().text().strip('$')}$"


class Pretty(_Shown):
    pass


class JSON(_Shown):
    def text(self):
        return self.data if isinstance(self.data, str) else json.dumps(self.data, indent=2, default=str)


class Image(_Shown):
    def __init__(self, data=None, url=None, filename=None, **_):
        if isinstance(data, (str, os.PathLike)):
            data, filename = None, data
        super().__init__(data, url, filename)

    def _repr_mimebundle_(self, include=None, exclude=None):
        starts = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
        mime = next((mime for start, mime in starts.items() if self.data.startswith(start)), "image/unknown")
        return {"text/plain": "<Image>", mime: self.data}


def _content(path):
    with open(path, "rb") as file:
        return file.read()


class Code(_Shown):
    def __init__(self, data=None, url=None, filename=None, language=None, **_):
        super().__init__(data, url, filename)

    __repr__ = _Shown.text


class _File:
    def __init__(self, path, *_, **__):
        self.path = path

    def __repr__(self):
        return os.path.abspath(self.path)


class FileLink(_File):
    """Shows the path. A link cannot be shown."""


class FileLinks(_File):
    """Shows the path of the folder. A link cannot be shown."""


class _ForBrowsers:
    def __init__(self, *_, **__):
        pass

    def __repr__(self):
        return f"[{type(self).__name__} cannot be shown here: only text and pictures can]"


class Audio(_ForBrowsers):
    """Shows nothing, because nobody would hear the sound."""


class IFrame(_ForBrowsers):
    """Shows nothing, because there is no browser."""


class Javascript(_ForBrowsers):
    """Shows nothing, because there is no browser."""


class Video(_ForBrowsers):
    """Shows nothing, because there is no browser."""


def update_display(value, display_id=None, **_):
    display(value)


def set_matplotlib_formats(*_, **__):
    """Does nothing, because pictures are always PNG."""


def clear_output(wait=False):
    """Does nothing, because the output has been sent already."""
    flush()


_SHOWN = (
    display, update_display, clear_output, set_matplotlib_formats, DisplayHandle, HTML, SVG, Markdown, Latex, Math, Pretty,
    JSON, Image, Code, FileLink, FileLinks, Audio, IFrame, Javascript, Video,
)


def install():
    package, core, shown = _module("IPython"), _module("IPython.core"), _module("IPython.display")
    package.display, package.core, core.display = shown, core, shown
    # Older programs import the same names from here.
    sys.modules["IPython.core.display"] = sys.modules["IPython.core.display_functions"] = shown
    package.get_ipython = lambda: None
    # matplotlib and other libraries read the version when this module is loaded.
    package.version_info, package.__version__ = (9, 0, 0, ""), "9.0.0"
    for thing in _SHOWN:
        setattr(shown, thing.__name__, thing)


def _module(name):
    module = importlib.util.module_from_spec(importlib.machinery.ModuleSpec(name, None, is_package=True))
    sys.modules[name] = module
    return module
