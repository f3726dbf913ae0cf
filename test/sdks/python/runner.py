"""Runs the cases of a client, which are plain functions with assert statements."""

import asyncio
import sys
import traceback

import openai


def run(cases):
    failures = 0
    # One for all of them: frameworks keep their connections.
    loop = asyncio.new_event_loop()
    for case in cases:
        name = case.__name__.replace("_", " ")
        try:
            result = case()
            if asyncio.iscoroutine(result):
                loop.run_until_complete(result)
            print("ok    ", name)
        except Exception:
            failures += 1
            print("FAILED", name)
            traceback.print_exc(file=sys.stdout)
    print(f"openai {openai.__version__}: {len(cases) - failures} of {len(cases)} cases passed")
    sys.exit(1 if failures else 0)
