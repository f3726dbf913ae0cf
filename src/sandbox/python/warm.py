"""Imports what programs commonly import. The fork server does it, so it costs a session nothing."""

import importlib
import io

STANDARD = (
    "argparse array base64 bisect calendar collections contextlib copy csv dataclasses datetime decimal enum fractions "
    "functools glob hashlib heapq html io itertools json logging math multiprocessing numbers operator pathlib pickle "
    "pprint random re shutil sqlite3 statistics string struct subprocess tempfile textwrap time timeit typing "
    "unicodedata urllib.parse uuid warnings xml.etree.ElementTree zipfile"
).split()
LIBRARIES = ("numpy", "numpy.random", "pandas", "matplotlib.pyplot", "PIL.Image")


def warm():
    for name in STANDARD:
        importlib.import_module(name)
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    _plot()


def _plot():
    """Draws once, because the first picture loads fonts and codecs."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        return
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], label="a")
    axes.set_title("a")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close(figure)
