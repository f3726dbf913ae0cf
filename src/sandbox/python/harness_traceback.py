"""Long tracebacks, cut in the middle: how it began and what failed say most. Runs as part of the harness."""

# Frames that are kept at both ends. A thousand equal ones take IPython 15 s to format.
_FIRST, _LAST = 10, 20


def shorten(error):
    """Takes frames out of the tracebacks of an error and of what led to it. Gives how many in all."""
    left_out = 0
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        left_out += _shorten(error.__traceback__)
        error = error.__cause__ or error.__context__
    return left_out


def _shorten(traceback):
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    left_out = len(frames) - _FIRST - _LAST
    if left_out <= 0:
        return 0
    frames[_FIRST - 1].tb_next = frames[-_LAST]
    return left_out


def cut_middle(text, most):
    """`text` with at most so many characters, without its middle; the end says more than the beginning."""
    if len(text) <= most:
        return text
    first = most // 4
    return f"{text[:first]}\n[... {len(text) - most} characters left out ...]\n{text[len(text) - (most - first) :]}"
