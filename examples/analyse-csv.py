"""Uploads a table and asks about it: the code interpreter reads the file.

    pip install openai
    OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... python examples/analyse-csv.py [table.csv]
"""

import pathlib
import sys

from openai import OpenAI

SALES = b"month,units,city\n2024-01,12,Paris\n2024-02,30,Rome\n2024-03,18,Paris\n"

client = OpenAI()
table = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ("sales.csv", SALES)
file = client.files.create(file=table, purpose="assistants")

assistant = client.beta.assistants.create(
    instructions="Analyse tables with Python.",
    tools=[{"type": "code_interpreter"}],
    model="gpt-4-turbo",
)
thread = client.beta.threads.create(
    messages=[
        {
            "role": "user",
            "content": f"Summarise {file.filename}",
            "attachments": [{"file_id": file.id, "tools": [{"type": "code_interpreter"}]}],
        }
    ]
)
with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
    for text in stream.text_deltas:
        print(text, end="", flush=True)
    print()

client.files.delete(file.id)
