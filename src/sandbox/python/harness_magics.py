"""Replaces the commands of notebooks by calls, without IPython: `%matplotlib inline`, `!ls`, `len?`, `%%writefile`.

A cell is only rewritten if it is not valid Python, and only in lines where a statement begins. A `%` at the start of a
continued line, or a `!` in a text of several lines, is not changed.
"""

import io
import re
import tokenize

_CELL = re.compile(r"^%%(\w+)[ \t]*(.*)$")
_LINE = re.compile(r"^([ \t]*)(%|!!|!)[ \t]*(\S.*)$")
_ASSIGNED = re.compile(r"^([ \t]*)([\w.,\[\]'\" \t]+?)[ \t]*=[ \t]*(%|!!|!)[ \t]*(\S.*)$")
_HELP = re.compile(r"^([ \t]*)(?:\?{1,2}[ \t]*(%{0,2}[\w.]+)|(%{0,2}[\w.]+)[ \t]*\?{1,2})[ \t]*;?$")
# These commands are usually written without their sign.
_BARE = re.compile(r"^([ \t]*)()((?:pip|pip3|conda) (?:install|list|freeze|show|uninstall)\b.*)$")

_LAYOUT = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}


def without_magics(code):
    """Returns the cell with its commands replaced by calls. Line numbers do not change."""
    first, _, body = code.lstrip("\n").partition("\n")
    found = _CELL.match(first)
    if found:
        return _call("cell", found[1], found[2], body)
    lines = code.split("\n")
    calls = {}
    for at, line in enumerate(lines):
        call = _command(_joined(lines, at))
        if call:
            calls[at] = call
    for at in _beginnings(lines, calls):
        if at not in calls:
            continue
        for rest in range(at + 1, at + _length(lines, at)):
            lines[rest] = ""
        lines[at] = calls[at]
    return "\n".join(lines)


def _length(lines, at):
    """Returns how many lines a command has when its lines end in a backslash."""
    end = at
    while end + 1 < len(lines) and lines[end].endswith("\\"):
        end += 1
    return end - at + 1


def _joined(lines, at):
    return " ".join(line.rstrip("\\").rstrip() for line in lines[at : at + _length(lines, at)])


def _command(line):
    found = _HELP.match(line)
    if found:
        return found[1] + _call("describe", (found[2] or found[3]))
    found = _LINE.match(line) or _BARE.match(line)
    if found:
        return found[1] + _run(found[2], found[3])
    found = _ASSIGNED.match(line)
    if found:
        return f"{found[1]}{found[2]} = {_run('!!' if found[3] == '!' else found[3], found[4])}"
    return None


def _run(sign, rest):
    if sign == "!":
        return _call("shell", rest)
    if sign == "!!":
        return _call("lines_of", rest)
    name, _, argument = rest.partition(" ")
    return _call("line", name.lstrip("%"), argument.strip())


def _call(function, *arguments):
    return f"__import__('_harness_commands').{function}({', '.join(map(repr, arguments))})"


def _beginnings(lines, calls):
    """Returns the lines where statements begin, with every command counted as one."""
    plain = []
    for at, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        plain.append(f"{indent}pass" if at in calls else line)
    starts, begins = [], True
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(plain)).readline):
            if token.type == tokenize.NEWLINE:
                begins = True
            elif begins and token.type not in _LAYOUT:
                starts.append(token.start[0] - 1)
                begins = False
    except (tokenize.TokenError, SyntaxError):
        # The lines before the error count. The compiler reports the error itself.
        pass
    return starts
