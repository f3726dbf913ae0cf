"""Cuts long tracebacks in the middle, because the beginning and the failing code are the most useful. Part of the
harness.
"""

# The number of frames to keep at both ends. IPython needs 15 s to format a thousand equal frames.
_FIRST, _LAST = 10, 20


def shorten(error):
    """Removes frames from the tracebacks of an error and of its causes. Returns how many were removed."""
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
    """Shortens `text` to at most `most` characters by cutting its middle. The end tells more than the beginning."""
    if len(text) <= most:
        return text
    first = most // 4
    return f"{text[:first]}\n[... {len(text) - most} characters left out ...]\n{text[len(text) - (most - first) :]}"
