"""Text as it looks: without the colours that programs send to terminals, and with the last state of a progress bar."""

import re

# Control sequences, window titles, and other escapes of two characters.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?)?\Z")


def plain(text):
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def _last_states(text):
    """Each line without what a carriage return has written over. Linear: a line may be long."""
    if "\r" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.split("\n"))


def _last_state(line):
    written = line.rstrip("\r")
    return written[written.rfind("\r") + 1 :] + ("\r" if len(written) < len(line) else "")


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
            text, self._kept = text[:line], "\r" + _last_states(text[line:]) + self._kept
        return _last_states(text)
