"""The Jupyter engine: ipykernel's own kernel and shell, whose messages become frames and not ZeroMQ's.

IPythonKernel does everything that the kernel of a notebook does (magics, rich display, history, top-level await).
ipykernel's IPKernelApp only adds sockets and their threads. A session here has one connection, which is its agent's,
and a kernel without threads can be made once and then forked.
"""

import asyncio
import contextlib
import os
import sys
import types

import _harness
from _event_loop import begin_loop, wait
from _harness import begin, end, no_input, notes_on, send_error
from _harness_output import host, show_bundle, show_figures, stderr, stdout
from _harness_plain import plain
from _harness_traceback import shorten
from jupyter_client.session import Session
from traitlets.config import Config

# The debugger of ipykernel takes 15 MB and waits for a front end that does not exist here.
sys.modules["debugpy"] = None

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell

# The agent calls these as members of this module.
__all__ = ["end", "prepare", "run_cell"]

_kernel = None


class Frames(Session):
    """Sends what the kernel publishes to the host, within the limits of the cell."""

    def send(self, stream, msg_or_type, content=None, *_, **__):
        kind = msg_or_type if isinstance(msg_or_type, str) else msg_or_type["msg_type"]
        content = content if isinstance(msg_or_type, str) else msg_or_type["content"]
        if kind == "execute_result":
            show_bundle("result", content["data"])
        elif kind in ("display_data", "update_display_data"):
            show_bundle("display", content["data"])
        elif kind == "stream":
            (stderr if content["name"] == "stderr" else stdout).write(content["text"])
        elif kind == "error":
            _report(content)
        return {"header": {}, "content": content or {}}


class Shell(ZMQInteractiveShell):
    def system_piped(self, command):
        """Runs `!ls` without a terminal. Its output arrives by the descriptors 1 and 2."""
        self.user_ns["_exit_code"] = os.waitstatus_to_exitcode(os.system(self.var_expand(command, depth=1)))

    system = system_piped

    def _tee(self, channel):
        """Keeps no copy of the output. IPython keeps one for an export that nobody makes, and it could fill the memory.
        """
        return contextlib.nullcontext()

    def enable_gui(self, gui=None):
        """Does nothing. `%matplotlib inline` asks for no GUI, and there is none."""

    def showtraceback(self, exc_tuple=None, *arguments, **options):
        # The cell has ended, and a further interrupt would only damage its traceback.
        host.powers.disarm()
        kind, value, _ = exc_tuple or sys.exc_info()
        if kind in (KeyboardInterrupt, asyncio.CancelledError) and host.powers.interrupted():
            # An interrupt is reported without the internals of the event loop, and once, because both the coroutine and
            # the cell get the exception.
            if not self.was_interrupted:
                self._showtraceback(KeyboardInterrupt, value, ["KeyboardInterrupt"])
            self.was_interrupted = True
        else:
            self.notes = notes_on(value, shorten(value))
            super().showtraceback(exc_tuple, *arguments, **options)

    was_interrupted = False
    # The text below the traceback.
    notes = ""

    def ask_exit(self):
        """`exit` in a cell does nothing, as in a notebook."""


class Kernel(IPythonKernel):
    def raw_input(self, *_):
        no_input()

    getpass = raw_input


def _report(content):
    host.drain()
    text = plain("\n".join(content["traceback"]))
    send_error(content["ename"], content["evalue"], f"{text}\n{_kernel.shell.notes}")
    _kernel.shell.notes = ""


def prepare():
    global _kernel
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    config = Config()
    # A history on disk needs a thread, and nobody reads it.
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.Completer.use_jedi = False
    # This comes before the shell, which sets its own `display`.
    _harness.install()
    _kernel = Kernel(config=config, session=Frames(), shell_class=Shell, iopub_socket=None, log=_silent_log())
    # Programs may import the real module.
    del sys.modules["debugpy"]
    _kernel.shell.loop_runner = wait
    _kernel.shell.displayhook.pub_socket = _kernel.shell.display_pub.pub_socket = object()


def _silent_log():
    import logging

    log = logging.getLogger("threadmill-kernel")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def run_cell(settings):
    code = begin(settings)
    begin_loop()
    status = "ok"
    _kernel.shell.was_interrupted = False
    try:
        host.powers.arm()
        try:
            reply = _execute(code)
            # With another backend than inline, figures would still be open.
            show_figures()
        finally:
            host.powers.disarm()
        _page(reply)
        if reply["status"] != "ok":
            status = "interrupted" if _kernel.shell.was_interrupted else "error"
            _forget_error()
    except BaseException as error:
        host.powers.disarm()
        status = "interrupted" if isinstance(error, KeyboardInterrupt) else "error"
        send_error(type(error).__name__, str(error), f"{type(error).__name__}: {error}\n")
    # IPython keeps shown values with their pictures for an export that nobody makes.
    _kernel.shell.history_manager.outputs.clear()
    end(status)


def _forget_error():
    """Forgets the error, because its frames keep all variables of their functions, which may fill the memory."""
    shell = _kernel.shell
    shell.last_execution_result = None
    shell.InteractiveTB.etype = shell.InteractiveTB.evalue = shell.InteractiveTB.tb = None


def _execute(code):
    """Runs ipykernel's coroutine. It never waits, because no event loop runs: the shell runs one itself."""
    coroutine = _kernel.do_execute(code, False, True, {}, False)
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


def _page(reply):
    """Prints what `name?` would show in a pager."""
    for payload in reply.get("payload", ()):
        text = payload.get("data", {}).get("text/plain")
        if payload.get("source") == "page" and text:
            stdout.write(plain(text) + "\n")


def warm():
    """Loads what the first cell and the first traceback need. Its output is discarded."""
    host.send = lambda *_: None
    host.powers = types.SimpleNamespace(disarm=lambda: None, interrupted=lambda: False)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    _silently("import json\n1 + 1")
    _silently("%matplotlib inline\ndef f(n): return n / 0\nf(1)")
    loop.close()
    asyncio.set_event_loop(None)
    _kernel.shell.execution_count = 1
    _kernel.shell.reset(new_session=False)


def _silently(code):
    coroutine = _kernel.do_execute(code, True, False, {}, False)
    try:
        coroutine.send(None)
    except StopIteration:
        return
