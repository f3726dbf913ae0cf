"""The program that is called pip here. It lists the packages, and says why nothing can be installed.

The real pip would try the network for a while and then report that the version does not exist.
"""

import json
import os
import re
import sys
from importlib import metadata

from pip import packages

_OPTIONS_WITH_VALUE = {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-t", "--target"}


def main(arguments=None):
    """Returns the exit code."""
    with open(os.path.join(os.path.dirname(os.path.dirname(__file__)), "packages.json"), encoding="utf-8") as file:
        packages.known.update(json.load(file))
    words = sys.argv[1:] if arguments is None else list(arguments)
    command, rest = (words[0], words[1:]) if words else ("", [])
    run = {"list": _list, "freeze": _freeze, "show": _show, "install": _install, "--version": _version, "-V": _version}
    return run.get(command, _refuse)(rest)


def _distributions():
    return sorted({(one.metadata["Name"], one.version) for one in metadata.distributions()}, key=lambda one: one[0].lower())


def _list(_):
    print(f"{'Package':28} Version")
    for name, version in _distributions():
        print(f"{name:28} {version}")
    return 0


def _freeze(_):
    for name, version in _distributions():
        print(f"{name}=={version}")
    return 0


def _version(_):
    print(f"pip (python {sys.version.split()[0]}): lists packages; without a network it cannot install any")
    return 0


def _show(names):
    missing = 0
    for name in names:
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            missing += 1
            print(f"{name} is not there", file=sys.stderr)
            continue
        print(f"Name: {about['Name']}\nVersion: {about['Version']}\nSummary: {about['Summary']}")
    return 1 if missing else 0


def _install(arguments):
    names = []
    skipped = False
    for word in arguments:
        if skipped or word.startswith("-"):
            skipped = not skipped and word in _OPTIONS_WITH_VALUE
        else:
            names.append(re.split(r"[\[<>=!~;@ ]", word, maxsplit=1)[0])
    missing = []
    for name in names:
        version = _installed(name)
        if version:
            print(f"Already there: {name} {version}")
        else:
            missing.append(name)
    modules = {package.lower(): module for module, package in packages.known["modules"].items()}
    for name in missing:
        print(f"pip: {packages.about_missing(modules.get(name.lower(), name))}", file=sys.stderr)
    return 1 if missing or not names else 0


def _installed(name):
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        # Models also use the name of the module, as in `pip install cv2`.
        return "" if not packages.is_there(name) else "(as a module)"


def _refuse(_):
    print("pip: only list, freeze, show and install are there; nothing can be fetched without a network", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
