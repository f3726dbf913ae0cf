"""The assistant calls a function of this program, which answers while the run waits.

    pip install openai
    OPENAI_BASE_URL=http://127.0.0.1:4711/v1 OPENAI_API_KEY=... python examples/functions.py
"""

import json

from openai import OpenAI


def get_temperature(city: str, unit: str = "celsius") -> dict:
    celsius = {"Paris": 21, "Rome": 27, "Oslo": 12}.get(city, 18)
    return {"temperature": celsius if unit == "celsius" else round(celsius * 9 / 5 + 32), "unit": unit}


client = OpenAI()

assistant = client.beta.assistants.create(
    instructions="Answer questions about the weather. Use the functions.",
    model="gpt-4-turbo",
    tools=[
        {
            "type": "function",
            "function": {
                "name": "get_temperature",
                "description": "The temperature in a city now.",
                "parameters": {
                    "type": "object",
                    "properties": {
                        "city": {"type": "string", "description": "For example Paris"},
                        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                    },
                    "required": ["city"],
                },
            },
        }
    ],
)
thread = client.beta.threads.create(
    messages=[{"role": "user", "content": "What is the temperature in Paris and in Oslo?"}]
)
run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)

while run.status == "requires_action":
    outputs = []
    for call in run.required_action.submit_tool_outputs.tool_calls:
        print(f"{call.function.name}({call.function.arguments})")
        result = get_temperature(**json.loads(call.function.arguments))
        outputs.append({"tool_call_id": call.id, "output": json.dumps(result)})
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=thread.id, tool_outputs=outputs
    )

if run.status == "completed":
    messages = client.beta.threads.messages.list(thread_id=thread.id)
    print(messages.data[0].content[0].text.value)
else:
    raise SystemExit(f"The run is {run.status}: {run.last_error}")
