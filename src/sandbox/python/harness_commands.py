"""The commands of notebooks, such as `%time`, `!ls` and `len?`, for cells of engines without IPython."""

import contextlib
import importlib
import inspect
import io
import os
import re
import shlex
import sys
import time
import types

from _harness_output import display, flush, show_bundle, stdout
from _harness_timing import time_cell, time_line, timeit_cell, timeit_line

_main = sys.modules["__main__"].__dict__
# These set up something that is the default here, or that nobody would see.
_SILENT = (
    "matplotlib config load_ext reload_ext unload_ext autoreload precision colors xmode gui automagic alias alias_magic "
    "doctest_mode logstart logstop pprint notebook"
).split()
_PROGRAMS = "ls cat cp mv rm mkdir rmdir head tail wc grep find".split()


def line(name, rest):
    """Runs `%name rest`. Returns the result of the command."""
    if name in _SILENT:
        return None
    if name in _PROGRAMS:
        return shell(f"{name} {rest}")
    if name in ("pip", "pip3", "conda", "mamba", "uv"):
        return shell(f"{'pip' if name == 'pip3' else name} {rest}")
    run = _LINES.get(name)
    if run is None:
        raise NameError(f"the command %{name} is not known here; there are: {_known(_LINES, '%')}")
    return run(rest)


def cell(name, rest, body):
    """Runs `%%name rest` with the lines below it."""
    run = _CELLS.get(name)
    if run is None:
        raise NameError(f"the command %%{name} is not known here; there are: {_known(_CELLS, '%%')}")
    return run(rest, body)


def _known(commands, sign):
    return ", ".join(f"{sign}{name}" for name in sorted(commands))


def shell(command):
    """Runs `!command`. Its output is shown while it runs."""
    code = os.system(_expanded(command))
    _main["_exit_code"] = os.waitstatus_to_exitcode(code) if os.name == "posix" else code


def lines_of(command):
    """Returns the lines that the command prints, for `files = !ls`."""
    import subprocess

    done = subprocess.run(_expanded(command), shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode("utf-8", "backslashreplace").splitlines()


def _expanded(command):
    """Replaces `{expression}` and `$name` by values of the program. What is not a value is left for the shell."""

    def value(found):
        try:
            return str(eval(found[1], _main) if found[1] else _main[found[2]])
        except Exception:
            return found[0]

    return re.sub(r"(?<!\{)\{([^{}]+)\}(?!\})|\$(\w+)", value, command)


def describe(name):
    """Runs `name?`: shows the kind of the object, its signature, and its documentation."""
    command = name.lstrip("%")
    if name.startswith("%"):
        found = (_CELLS if name.startswith("%%") else _LINES).get(command)
        return print(inspect.getdoc(found) or f"{name} is a command." if found else f"{name} is not known here.")
    try:
        value = eval(name, _main)
    except Exception:
        return print(f"Object `{name}` not found.")
    with contextlib.suppress(TypeError, ValueError):
        print(f"Signature: {name.rpartition('.')[2]}{inspect.signature(value)}")
    print(f"Type:      {type(value).__name__}")
    if not callable(value) and not inspect.ismodule(value):
        print(f"Value:     {repr(value)[:500]}")
    print(f"Docstring: {inspect.getdoc(value) or '(none)'}"[:20_000])


def _write(rest, body):
    """Writes the lines of the cell to a file. With -a they are appended."""
    *options, path = shlex.split(rest)
    there = os.path.exists(path)
    with open(path, "a" if "-a" in options else "w", encoding="utf-8") as file:
        file.write(body if body.endswith("\n") else body + "\n")
    # Without this a module of that name might not be found at once.
    importlib.invalidate_caches()
    print(f"{'Appending to' if there and '-a' in options else 'Overwriting' if there else 'Writing'} {path}")


def _run(rest):
    """Runs a file as a program. Its variables are kept."""
    *options, path = [word for word in _before_arguments(rest)]
    arguments = shlex.split(rest)[len(options) + 1 :]
    path = path if os.path.exists(path) else path + ".py"
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    kept = sys.argv
    space = _main if "-i" in options else {"__name__": "__main__", "__file__": path}
    sys.argv = [path, *arguments]
    try:
        exec(code, space)
    except SystemExit as error:
        if error.code not in (None, 0):
            print(f"SystemExit: {error.code}", file=sys.stderr)
    finally:
        sys.argv = kept
        _main.update({name: value for name, value in space.items() if not name.startswith("__")})


def _before_arguments(rest):
    for word in shlex.split(rest):
        yield word
        if not word.startswith("-"):
            return
    raise ValueError("%run needs the name of a file")


def _capture(rest, body):
    """Stores the output of the cell in a variable and does not show it."""
    from _harness import run_text

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run_text(body)
    name = rest.split(" ")[0]
    if name and not name.startswith("-"):
        _main[name] = types.SimpleNamespace(stdout=out.getvalue(), stderr=err.getvalue(), outputs=[], show=lambda: print(out.getvalue()))


def _script(program):
    def run(rest, body):
        import subprocess

        flush()
        done = subprocess.run([*(shlex.split(rest) if program is None else [program]), "-"][: None if program else -1], input=body.encode())
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, program or rest)

    run.__doc__ = "Runs the lines below it as a program of their own."
    return run


def _shown_as(mime):
    def run(_, body):
        show_bundle("display", {"text/plain": "" if mime == "text/html" else body, mime: body})

    run.__doc__ = "Shows the lines below it."
    return run


def _own():
    return {
        name: value
        for name, value in _main.items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "get_ipython"
    }


def _who(_):
    """Lists the names of the variables."""
    print("\t".join(_own()) or "Interactive namespace is empty.")


def _whos(_):
    """Lists the variables with their types and values."""
    print(f"{'Variable':20} {'Type':15} Data")
    for name, value in _own().items():
        print(f"{name:20} {type(value).__name__:15} {' '.join(repr(value)[:60].split())}")


def _reset(_):
    """Deletes the variables."""
    for name in _own():
        del _main[name]


def _cd(rest):
    """Changes the current folder."""
    os.chdir(os.path.expanduser(rest.strip("'\"") or "/mnt/data"))
    print(os.getcwd())


def _env(rest):
    """Shows the environment or one of its variables, or sets one."""
    if not rest:
        return dict(os.environ)
    name, sign, value = rest.partition("=") if "=" in rest else rest.partition(" ")
    if not sign:
        return os.environ[name]
    os.environ[name.strip()] = value.strip()
    print(f"env: {name.strip()}={value.strip()}")


def _load(rest):
    """Shows the contents of a file."""
    with open(rest, encoding="utf-8") as file:
        print(file.read())


def _pylab(_):
    """Imports numpy as np, pyplot as plt, and all names of both."""
    exec("import numpy as np\nimport matplotlib.pyplot as plt\nfrom numpy import *\nfrom matplotlib.pyplot import *", _main)


def _source(rest):
    """Shows the source of a function or a class."""
    print(inspect.getsource(eval(rest, _main)))


def _refused(why):
    def refuse(*_):
        raise RuntimeError(why)

    return refuse


_LINES = {
    "cd": _cd,
    "debug": _refused("nobody can answer a debugger here; print what you want to know"),
    "env": _env,
    "load": _load,
    "lsmagic": lambda _: print(f"{_known(_LINES, '%')}\n{_known(_CELLS, '%%')}"),
    "pinfo": lambda rest: describe(rest),
    "psource": _source,
    "pwd": lambda _: os.getcwd(),
    "pylab": _pylab,
    "reset": _reset,
    "reset_selective": _reset,
    "run": _run,
    "set_env": _env,
    "sx": lines_of,
    "system": lines_of,
    "time": time_line,
    "timeit": timeit_line,
    "who": _who,
    "who_ls": lambda _: sorted(_own()),
    "whos": _whos,
}
_CELLS = {
    "bash": _script("bash"),
    "capture": _capture,
    "file": _write,
    "html": _shown_as("text/html"),
    "HTML": _shown_as("text/html"),
    "latex": _shown_as("text/latex"),
    "markdown": _shown_as("text/markdown"),
    "python": _script("python3"),
    "python3": _script("python3"),
    "script": _script(None),
    "sh": _script("sh"),
    "svg": _shown_as("image/svg+xml"),
    "SVG": _shown_as("image/svg+xml"),
    "time": time_cell,
    "timeit": timeit_cell,
    "writefile": _write,
}


class Shell:
    """The methods of `get_ipython()` that programs exported from notebooks call."""

    user_ns = _main

    def run_line_magic(self, name, rest="", *_, **__):
        return line(name, rest)

    def run_cell_magic(self, name, rest="", body="", *_, **__):
        return cell(name, rest, body)

    def magic(self, text):
        name, _, rest = text.lstrip("%").partition(" ")
        return line(name, rest.strip())

    def system(self, command):
        shell(command)

    def getoutput(self, command, **_):
        return lines_of(command)

    def run_cell(self, code, **_):
        from _harness import run_text

        return run_text(code)


def install():
    # Only programs see this. Libraries that find it would expect all of IPython.
    _main["get_ipython"] = Shell
