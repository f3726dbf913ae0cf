"""Which packages this Python has, and what to say about one that it has not.

Part of the harness, and of the stand-in for pip that child processes find.
"""

import importlib.util

# What the engine puts in: the packages that people expect, as name of the module and name of the package; those of them
# that the command of the operator would bring; and that command.
known = {"modules": {}, "brings": [], "command": ""}

# What models ask for and nobody has put here, and what does the same.
_INSTEAD = {
    "fitz": "pypdf, pdfplumber or pypdfium2",
    "pymupdf": "pypdf, pdfplumber or pypdfium2",
    "camelot": "pdfplumber",
    "tabula": "pdfplumber",
    "pdfminer": "pdfplumber",
    "pdfkit": "reportlab or fpdf",
    "weasyprint": "reportlab or fpdf",
    "docx2pdf": "docx to read and reportlab to write",
    "pypandoc": "docx to read and reportlab to write",
    "kaleido": "matplotlib for pictures, or write_html",
    "altair": "matplotlib or plotly",
    "bokeh": "matplotlib or plotly",
    "cairosvg": "resvg_py",
    "polars": "pandas",
    "dask": "pandas",
    "duckdb": "sqlite3 or pandas",
    "xgboost": "sklearn.ensemble",
    "lightgbm": "sklearn.ensemble",
    "tensorflow": "sklearn.neural_network",
    "torch": "sklearn.neural_network",
    "prophet": "statsmodels",
}


def present():
    """The modules of the expected packages that can be imported."""
    return [name for name in known["modules"] if is_there(name)]


def is_there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def about_missing(module):
    """What to do without a module, in sentences; empty where it is there and only a part of it is missing."""
    name = module.partition(".")[0]
    if is_there(name):
        return ""
    there = ", ".join(present()) or "the standard library only"
    sentences = [
        f"{name} is not among the packages of this Python, and it has no network to install it from.",
        f"It has: {there}.",
    ]
    if name in known["brings"]:
        sentences.insert(1, f"Whoever runs this server can add it with: {known['command']}.")
    elif name.lower() in _INSTEAD:
        sentences.append(f"In place of {name}: {_INSTEAD[name.lower()]}.")
    return " ".join(sentences)


def advice(error):
    """For the first module that could not be found on the way to this error, or an empty text."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ModuleNotFoundError) and error.name:
            return about_missing(error.name)
        error = error.__cause__ or error.__context__
    return ""
