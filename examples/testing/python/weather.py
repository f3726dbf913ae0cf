"""What is tested here: an assistant that may ask this program for the weather."""

import json

GET_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city now.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask_about_weather(client, question, look_up):
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[GET_WEATHER])
    thread = client.beta.threads.create(messages=[{"role": "user", "content": question}])
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, poll_interval_ms=20
    )
    while run.status == "requires_action":
        calls = run.required_action.submit_tool_outputs.tool_calls
        outputs = [
            {"tool_call_id": call.id, "output": look_up(json.loads(call.function.arguments)["city"])} for call in calls
        ]
        run = client.beta.threads.runs.submit_tool_outputs_and_poll(
            run_id=run.id, thread_id=thread.id, tool_outputs=outputs, poll_interval_ms=20
        )
    if run.status != "completed":
        raise RuntimeError(f"The run is {run.status}: {run.last_error}")
    return client.beta.threads.messages.list(thread_id=thread.id).data[0].content[0].text.value
