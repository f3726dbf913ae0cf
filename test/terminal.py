"""Runs a program in a terminal of its own, types there once it asks, and prints what the terminal showed.

    python3 terminal.py PROMPT KEYS PROGRAM [ARGUMENT...]

KEYS has escapes as in Python's strings. The exit code is that of the program.
"""

import os
import pty
import sys

prompt, keys, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

shown = b""
typed = False
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:  # What Linux says of a terminal that nobody has open any more.
        break
    if not piece:
        break
    shown += piece
    if not typed and prompt.encode() in shown:
        typed = True
        os.write(terminal, keys.encode().decode("unicode_escape").encode())

os.write(1, shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
