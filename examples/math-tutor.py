"""A tutor that computes: the code interpreter solves an equation, and the assistant tells the answer.

    pip install openai
    OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... python examples/math-tutor.py
"""

from openai import OpenAI

client = OpenAI()

assistant = client.beta.assistants.create(
    name="Math Tutor",
    instructions="You are a math tutor. Write and run code to answer questions.",
    tools=[{"type": "code_interpreter"}],
    model="gpt-4-turbo",
)

thread = client.beta.threads.create()

message = client.beta.threads.messages.create(
    thread_id=thread.id,
    role="user",
    content="Solve 3x + 11 = 14",
)

run = client.beta.threads.runs.create_and_poll(
    thread_id=thread.id,
    assistant_id=assistant.id,
)

if run.status == "completed":
    messages = client.beta.threads.messages.list(thread_id=thread.id)
    print(messages.data[0].content[0].text.value)
else:
    raise SystemExit(f"The run is {run.status}: {run.last_error}")
