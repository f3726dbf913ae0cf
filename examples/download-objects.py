"""Writes down what an API of the Assistants wire knows, for `threadmill import`: objects as JSON lines, contents of files.

    pip install openai
    python download-objects.py old < thread-ids.txt

The API has no list of threads, so their ids come from your own database: one a line.
"""

import pathlib
import sys

from openai import APIStatusError, OpenAI

client = OpenAI()
folder = pathlib.Path(sys.argv[1])
contents = folder / "files"
contents.mkdir(parents=True, exist_ok=True)

with open(folder / "objects.jsonl", "w", encoding="utf-8") as out:

    def keep(one):
        out.write(one.model_dump_json() + "\n")
        return one

    for assistant in client.beta.assistants.list(limit=100, order="asc"):
        keep(assistant)
    for store in client.vector_stores.list(limit=100, order="asc"):
        keep(store)
        for file in client.vector_stores.files.list(store.id, limit=100, order="asc"):
            keep(file)
    for file in client.files.list():
        keep(file)
        try:
            (contents / file.id).write_bytes(client.files.content(file.id).read())
        except APIStatusError as error:
            print(f"no content of {file.id} ({file.filename}): {error.message}", file=sys.stderr)

    for thread_id in sys.stdin.read().split():
        try:
            threads = client.beta.threads
            keep(threads.retrieve(thread_id))
            for message in threads.messages.list(thread_id, limit=100, order="asc"):
                keep(message)
            for run in threads.runs.list(thread_id, limit=100, order="asc"):
                keep(run)
                for step in threads.runs.steps.list(run.id, thread_id=thread_id, limit=100, order="asc"):
                    keep(step)
        except APIStatusError as error:
            print(f"not whole: {thread_id}: {error.message}", file=sys.stderr)
