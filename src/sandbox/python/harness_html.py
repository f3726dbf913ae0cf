"""Converts HTML to text. Rows of a table become lines with aligned columns. Runs inside the sandbox, as part of the
harness.
"""

from html.parser import HTMLParser


def text_of(markup):
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "\n".join(line.rstrip() for line in reader.lines()).strip("\n")


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self._lines = [""]
        self._rows = None
        self._cell = None
        self._hidden = 0

    def handle_starttag(self, tag, attrs):
        if tag in ("style", "script"):
            self._hidden += 1
        elif tag == "table":
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._cell = ""
        elif tag in ("br", "p", "div", "li", "h1", "h2", "h3", "h4") and self._cell is None and self._lines[-1]:
            self._lines.append("")

    def handle_endtag(self, tag):
        if tag in ("style", "script"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("td", "th") and self._cell is not None and self._rows:
            self._rows[-1].append(" ".join(self._cell.split()))
            self._cell = None
        elif tag == "table" and self._rows is not None:
            self._lines += [*_aligned(self._rows), ""]
            self._rows = None

    def handle_data(self, data):
        if self._hidden:
            return
        if self._cell is not None:
            self._cell += data
        elif self._rows is None:
            words = " ".join(data.split())
            if words:
                self._lines[-1] += (" " if self._lines[-1] else "") + words

    def lines(self):
        return self._lines + (_aligned(self._rows) if self._rows else [])


def _aligned(rows):
    count = max((len(row) for row in rows), default=0)
    widths = [max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(count)]
    return ["  ".join(text.rjust(widths[i]) for i, text in enumerate(row)) for row in rows if row]
