"""The plain engine: cells are run by the harness, without IPython."""

import os

import _harness
import _harness_commands
import _harness_ipython
from _event_loop import begin_loop, wait
from _harness import end
from _harness_output import host

# For the agent, which calls `end` as this module's.
__all__ = ["end", "prepare", "run_cell", "warm"]


def prepare():
    """Everything that can be done before a session is forked off."""
    os.environ["MPLBACKEND"] = "module://_harness_figures"
    host.wait = wait
    _harness.install()
    _harness_ipython.install()
    _harness_commands.install()


def run_cell(settings):
    begin_loop()
    _harness.run_cell(settings)


def warm():
    """What the first cell would load."""
    _harness.compile_cell("import json\n1 + 1", "<warm>")
