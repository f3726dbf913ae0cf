"""Text as it looks: without the colours that programs send to terminals, and with the last state of a progress bar."""

import re

# Control sequences, window titles, and other escapes of two characters.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?)?\Z")
# What the text after a carriage return has written over.
_OVERWRITTEN = re.compile(r"[^\n\r]*\r+(?=[^\n\r])")


def plain(text):
    return _ESCAPE.sub("", text)


class Plain:
    """Makes the parts of a stream plain. What is not whole yet is kept for the next part."""

    def __init__(self):
        self._kept = ""

    def take(self, text, is_last):
        text = plain(self._kept + text)
        self._kept = ""
        if not is_last:
            begun = _BEGUN.search(text)
            text, self._kept = (text[: begun.start()], begun[0]) if begun else (text, "")
        line = text.rfind("\n") + 1
        if not is_last and "\r" in text[line:]:
            # What is going to be written over.
            text, self._kept = text[:line], "\r" + _OVERWRITTEN.sub("", text[line:]) + self._kept
        return _OVERWRITTEN.sub("", text)
