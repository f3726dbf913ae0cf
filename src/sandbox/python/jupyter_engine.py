"""The Jupyter engine: ipykernel's own kernel and shell, whose messages become frames instead of ZeroMQ's.

IPythonKernel does everything that a notebook's kernel does (magics, rich display, history, top-level await). What
ipykernel's IPKernelApp adds are sockets and their threads; a session here has one connection, its agent's, and a
kernel without threads can be made once and forked.
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

# The debugger that ipykernel would load costs 15 MB and listens for a front end that there is not.
sys.modules["debugpy"] = None

from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell

# For the agent, which calls it as this module's.
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
        """`!ls`. Without a terminal: what it writes comes by descriptors 1 and 2."""
        self.user_ns["_exit_code"] = os.waitstatus_to_exitcode(os.system(self.var_expand(command, depth=1)))

    system = system_piped

    def _tee(self, channel):
        """IPython keeps all that a cell prints for an export that nobody makes: printing without end would fill the memory."""
        return contextlib.nullcontext()

    def enable_gui(self, gui=None):
        """`%matplotlib inline` asks for none, and there is no other."""

    def showtraceback(self, exc_tuple=None, *arguments, **options):
        # The cell is over: a further interrupt would only spoil its traceback.
        host.powers.disarm()
        kind, value, _ = exc_tuple or sys.exc_info()
        if kind in (KeyboardInterrupt, asyncio.CancelledError) and host.powers.interrupted():
            # Quickly, without the event loop's insides, and once: a coroutine hears of it before its cell does.
            if not self.was_interrupted:
                self._showtraceback(KeyboardInterrupt, value, ["KeyboardInterrupt"])
            self.was_interrupted = True
        else:
            self.notes = notes_on(value, shorten(value))
            super().showtraceback(exc_tuple, *arguments, **options)

    was_interrupted = False
    # What is told below the traceback.
    notes = ""

    def ask_exit(self):
        """`exit` in a cell ends nothing, as in a notebook."""


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
    # A history on disk has a thread, and nobody looks at it again.
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.Completer.use_jedi = False
    # Before the shell, which puts its own `display` there.
    _harness.install()
    _kernel = Kernel(config=config, session=Frames(), shell_class=Shell, iopub_socket=None, log=_silent_log())
    # Programs may import it.
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
            # With another backend than inline figures would be open still.
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
    # What was shown, kept for the same export, pictures and all.
    _kernel.shell.history_manager.outputs.clear()
    end(status)


def _forget_error():
    """Its frames hold whatever the variables of functions held, which may be all of the memory."""
    shell = _kernel.shell
    shell.last_execution_result = None
    shell.InteractiveTB.etype = shell.InteractiveTB.evalue = shell.InteractiveTB.tb = None


def _execute(code):
    """Runs ipykernel's coroutine, which waits for nothing as long as no event loop runs: the shell runs one itself."""
    coroutine = _kernel.do_execute(code, False, True, {}, False)
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


def _page(reply):
    """What `name?` would show in a pager."""
    for payload in reply.get("payload", ()):
        text = payload.get("data", {}).get("text/plain")
        if payload.get("source") == "page" and text:
            stdout.write(plain(text) + "\n")


def warm():
    """What the first cell and the first traceback would load; nothing of it is seen."""
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
