"""Writes down what an API of the Assistants wire knows, for `threadmill import`: objects as JSON lines, contents of files.

    pip install openai
    python download-objects.py old < thread-ids.txt

The API has no list of threads, so their ids come from your own database: one a line.
"""

import pathlib
import sys

from openai import APIConnectionError, APIStatusError, OpenAI

client = OpenAI()
threads = client.beta.threads
folder = pathlib.Path(sys.argv[1])
contents = folder / "files"
contents.mkdir(parents=True, exist_ok=True)
everything = {"limit": 100, "order": "asc"}


def tell(problem):
    print(problem, file=sys.stderr)


# Once more is no harm: an import takes each object once, and what was fetched before stays.
with open(folder / "objects.jsonl", "a", encoding="utf-8") as out:
    out.write("\n")  # A run that was broken off may have left half a line.

    def keep(what, pages):
        """Yields the objects once they are written, as far as the server knows them."""
        try:
            for one in pages():
                out.write(one.to_json(indent=None) + "\n")
                yield one
        except APIStatusError as error:
            tell(f"not whole: {what}: {error.message}")

    try:
        for _ in keep("assistants", lambda: client.beta.assistants.list(**everything)):
            pass
        for store in keep("vector stores", lambda: client.vector_stores.list(**everything)):
            for _ in keep(store.id, lambda: client.vector_stores.files.list(store.id, **everything)):
                pass
        for file in keep("files", client.files.list):
            try:
                (contents / file.id).write_bytes(client.files.content(file.id).read())
            except APIStatusError as error:
                tell(f"no content of {file.id} ({file.filename}): {error.message}")
        for id in sys.stdin.read().split():
            for _ in keep(id, lambda: [threads.retrieve(id)]):
                pass
            for _ in keep(f"messages of {id}", lambda: threads.messages.list(id, **everything)):
                pass
            for run in keep(f"runs of {id}", lambda: threads.runs.list(id, **everything)):
                for _ in keep(run.id, lambda: threads.runs.steps.list(run.id, thread_id=id, **everything)):
                    pass
    except APIConnectionError as error:
        sys.exit(f"{client.base_url} cannot be reached ({error}): look at OPENAI_BASE_URL, and run this again")
