"""Draws a chart in the code interpreter and saves the picture that comes back.

    pip install openai
    OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... python examples/chart.py
"""

import pathlib
import sys

from openai import OpenAI

client = OpenAI()
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")

assistant = client.beta.assistants.create(
    instructions="Draw charts with Python.",
    tools=[{"type": "code_interpreter"}],
    model="gpt-4-turbo",
)
thread = client.beta.threads.create(
    messages=[{"role": "user", "content": "Plot y = sin(x) from 0 to 6 and save it as a PNG"}]
)
run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
if run.status != "completed":
    raise SystemExit(f"The run is {run.status}: {run.last_error}")

answer = client.beta.threads.messages.list(thread_id=thread.id).data[0]
files = {}
for part in answer.content:
    if part.type == "image_file":
        files[part.image_file.file_id] = f"{part.image_file.file_id}.png"
    else:
        print(part.text.value)
        for annotation in part.text.annotations:
            if annotation.type == "file_path":
                files[annotation.file_path.file_id] = pathlib.PurePosixPath(annotation.text).name

for file_id, name in files.items():
    path = folder / name
    path.write_bytes(client.files.content(file_id).read())
    print(f"{path}: {path.stat().st_size} bytes")
