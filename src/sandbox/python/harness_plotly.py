"""Saves figures of plotly as files, because only a browser can draw them. Runs inside the sandbox, as part of the
harness.
"""

import itertools
import os

PLOTLY = "application/vnd.plotly.v1+json"
_numbers = itertools.count(1)


def saved_figure(figure):
    """Saves a page that needs no network. Returns a text about it."""
    from plotly.io import write_html

    name = next(name for name in (f"plotly-{number}.html" for number in _numbers) if not os.path.exists(name))
    figure = {part: figure[part] for part in ("data", "layout", "frames") if part in figure}
    write_html(figure, name, include_plotlyjs=True, validate=False)
    kinds = ", ".join(sorted({trace.get("type", "scatter") for trace in figure["data"]}))
    return f"[a plotly figure ({kinds}), saved as {os.path.abspath(name)}; there is no browser to make a picture of it]"
