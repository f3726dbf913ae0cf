"""`%time` and `%timeit` for a line and for a cell. Runs inside the sandbox, as part of the harness."""

import sys
import time
import timeit

_main = sys.modules["__main__"].__dict__


def time_line(code):
    """Measures a statement. Returns its value."""
    from _harness import run_text

    began, used = time.perf_counter(), time.process_time()
    try:
        return run_text(code)
    finally:
        print(f"CPU times: {_seconds(time.process_time() - used)}")
        print(f"Wall time: {_seconds(time.perf_counter() - began)}")


def time_cell(rest, body):
    """Measures the cell."""
    return time_line(f"{rest}\n{body}" if rest else body)


def timeit_line(rest):
    """Measures a statement on average. -n and -r say how often it runs, and -o returns the result."""
    options, code = _options(rest)
    return _measure(code, "pass", options)


def timeit_cell(rest, body):
    """Measures the cell on average. The statement on the first line runs before each time."""
    options, setup = _options(rest)
    return _measure(body, setup or "pass", options)


def _options(rest):
    options = {}
    while rest.startswith("-"):
        word, _, rest = rest.partition(" ")
        letter, value = word[1:2], word[2:]
        if letter in "nrp" and not value:
            value, _, rest = rest.lstrip().partition(" ")
        options[letter] = value
        rest = rest.lstrip()
    return options, rest


def _measure(code, setup, options):
    timer = timeit.Timer(code, setup, globals=_main)
    repeat = int(options.get("r") or 7)
    number = int(options.get("n") or 0) or timer.autorange()[0]
    each = [taken / number for taken in timer.repeat(repeat, number)]
    mean = sum(each) / repeat
    spread = (sum((one - mean) ** 2 for one in each) / repeat) ** 0.5
    if "q" not in options:
        runs, loops = _counted(repeat, "run"), _counted(number, "loop")
        print(f"{_seconds(mean)} ± {_seconds(spread)} per loop (mean ± std. dev. of {runs}, {loops} each)")
    return mean if "o" in options else None


def _counted(number, what):
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _seconds(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
