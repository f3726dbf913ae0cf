"""The environment of a session. It is set before anything that reads it is imported."""

import json
import os
import sys

# A launcher without its own file system gives the path of the session's temporary folder.
HOME = os.environ.get("TMPDIR", "/tmp")
FONTS = HOME + "/matplotlib"


def lay():
    os.environ.clear()
    os.environ.update(
        HOME=HOME,
        TMPDIR=HOME,
        USER="sandbox",
        LOGNAME="sandbox",
        PATH="/usr/local/bin:/usr/bin:/bin",
        LANG="C.UTF-8",
        LC_ALL="C.UTF-8",
        TZ="UTC",
        TERM="dumb",
        NO_COLOR="1",
        MPLCONFIGDIR=FONTS,
        IPYTHONDIR=HOME + "/.ipython",
        PYTHONDONTWRITEBYTECODE="1",
        # A fork server must have only one thread, and sessions share the processors.
        OPENBLAS_NUM_THREADS="1",
        OMP_NUM_THREADS="1",
        MKL_NUM_THREADS="1",
        NUMEXPR_NUM_THREADS="1",
        # The allocator of pyarrow would start a thread when it is imported.
        JE_ARROW_MALLOC_CONF="background_thread:false",
    )


def lay_session(settings):
    """Prepares what the child processes of a session find: its Python, a stand-in for pip that knows the packages, and
    the list of fonts.
    """
    place = os.path.join(HOME, ".session")
    programs = os.path.join(place, "bin")
    os.makedirs(os.path.join(place, "pip"), exist_ok=True)
    os.makedirs(programs, exist_ok=True)
    ours = os.path.dirname(os.path.abspath(__file__))
    for name, source in (("__init__", "pip_stand_in"), ("__main__", "pip_stand_in"), ("packages", "harness_packages")):
        _link(os.path.join(ours, f"_{source}.py"), os.path.join(place, "pip", f"{name}.py"))
    with open(os.path.join(place, "packages.json"), "w", encoding="utf-8") as file:
        json.dump(settings["known"], file)
    python = os.path.dirname(sys.executable)
    scripts = {"pip": "-m pip ", "pip3": "-m pip "}
    if not os.path.exists(os.path.join(python, "python")):
        scripts["python"] = ""
    for name, arguments in scripts.items():
        with open(os.path.join(programs, name), "w", opener=lambda path, flags: os.open(path, flags, 0o755)) as file:
            file.write(f'#!/bin/sh\nexec python3 {arguments}"$@"\n')
    os.environ["PATH"] = f"{programs}:{python}:{os.environ['PATH']}"
    os.environ["PYTHONPATH"] = place
    # Python has read this variable of the environment already, before it was set.
    sys.dont_write_bytecode = True
    # The stand-in must come before the real pip.
    sys.path.insert(0, place)
    os.makedirs(FONTS, exist_ok=True)
    for name in _lists_of_fonts(settings["fonts"]):
        _link(os.path.join(settings["fonts"], name), os.path.join(FONTS, name))


def _link(source, target):
    if not os.path.lexists(target):
        os.symlink(source, target)


def _lists_of_fonts(folder):
    try:
        return [name for name in os.listdir(folder) if name.startswith("fontlist")]
    except OSError:
        return []


def lay_fonts(folder):
    """Links the font list of matplotlib if it exists. Making it takes matplotlib seconds."""
    os.makedirs(FONTS, exist_ok=True)
    for name in _lists_of_fonts(folder):
        with open(os.path.join(folder, name), "rb") as source, open(os.path.join(FONTS, name), "wb") as target:
            target.write(source.read())
