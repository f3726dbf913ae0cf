"""Starts one session on stdin and stdout: `python3 -I start.py <settings>`. The launcher has confined it already."""

import importlib
import json
import os
import sys
import types


def start():
    # -I removes the folder of the script from the path.
    sys.path.append(os.path.dirname(os.path.abspath(__file__)))
    settings = json.loads(sys.argv[1])
    sys.argv = [""]
    import _environment

    _environment.lay()
    _environment.lay_fonts(settings["fonts"])
    import _linked_folder

    if _linked_folder.is_linked():
        import _semaphores

        _linked_folder.install()
        _semaphores.install()
    # Child processes do not inherit the copies, and the agent uses 0, 1 and 2 for other things.
    read_fd, write_fd = os.dup(0), os.dup(1)
    sys.modules["__main__"] = types.ModuleType("__main__")
    engine = importlib.import_module(f"_{settings['engine']}_engine")
    engine.prepare()
    from _agent import serve

    serve(read_fd, write_fd, settings, engine)


start()
