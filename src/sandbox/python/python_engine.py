"""The plain engine: the harness runs cells without IPython."""

import os

import _harness
import _harness_commands
import _harness_ipython
from _event_loop import begin_loop, wait
from _harness import end
from _harness_output import host

# The agent calls `end` as a member of this module.
__all__ = ["end", "prepare", "run_cell", "warm"]


def prepare():
    """Does everything that is possible before a session is forked."""
    os.environ["MPLBACKEND"] = "module://_harness_figures"
    host.wait = wait
    _harness.install()
    _harness_ipython.install()
    _harness_commands.install()


def run_cell(settings):
    begin_loop()
    _harness.run_cell(settings)


def warm():
    """Loads what the first cell needs."""
    _harness.compile_cell("import json\n1 + 1", "<warm>")
