"""Makes text plain: without the colours for terminals, and with only the last state of a progress bar."""

import re

# Control sequences, window titles, and other escapes of two characters.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78])")
_BEGUN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200}\x1b?)?\Z")


def plain(text):
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def _last_states(text):
    """Returns each line without text that a carriage return has overwritten. Linear in time, because lines may be long.
    """
    if "\r" not in text:
        return text
    return "\n".join(_last_state(line) for line in text.split("\n"))


def _last_state(line):
    written = line.rstrip("\r")
    return written[written.rfind("\r") + 1 :] + ("\r" if len(written) < len(line) else "")


class Plain:
    """Makes the parts of a stream plain. An incomplete sequence is kept for the next part."""

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
            # The rest of the line may still be overwritten.
            text, self._kept = text[:line], "\r" + _last_states(text[line:]) + self._kept
        return _last_states(text)
