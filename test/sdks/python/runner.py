"""Runs the cases of a client, which are plain functions with assert statements, by their kinds or without."""

import asyncio
import sys
import traceback

import openai


def run(cases):
    if isinstance(cases, list):
        cases = {"": cases}
    named = [(kind and f"{kind}: ", case) for kind, of in cases.items() for case in of]
    failures = 0
    # One for all of them: frameworks keep their connections.
    loop = asyncio.new_event_loop()
    for kind, case in named:
        name = kind + case.__name__.replace("_", " ")
        try:
            result = case()
            if asyncio.iscoroutine(result):
                loop.run_until_complete(result)
            print("ok    ", name)
        except Exception:
            failures += 1
            print("FAILED", name)
            traceback.print_exc(file=sys.stdout)
    print(f"openai {openai.__version__}: {len(named) - failures} of {len(named)} cases passed")
    sys.exit(1 if failures else 0)
