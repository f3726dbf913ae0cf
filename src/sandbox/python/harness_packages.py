"""Tells which packages this Python has, and what to say about one that is missing.

It is part of the harness and of the stand-in for pip that child processes find.
"""

import importlib.util

# The engine sets these: the packages that people expect, by the name of the module, those of them that the command of
# the operator would install, and that command.
known = {"modules": {}, "brings": [], "command": ""}

# Packages that models ask for and that are never installed here, with what can be used instead.
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
    """Returns the modules of the expected packages that can be imported."""
    return [name for name in known["modules"] if is_there(name)]


def is_there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def about_missing(module):
    """Returns sentences about what to do without a module. Empty if the module exists and only a part of it is missing.
    """
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
    """Returns advice about the first module that was not found on the way to this error, or an empty text."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ModuleNotFoundError) and error.name:
            return about_missing(error.name)
        error = error.__cause__ or error.__context__
    return ""
