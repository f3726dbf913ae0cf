"""What the official Python client must be able to do through the Responses API, as plain functions with assert statements.

Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL:

    node test/sdks/with-server.ts node test/sdks/serve.ts -- python test/sdks/python/responses.py
"""

import base64
import json
import os
import time
import urllib.request

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel
from runner import run

client = OpenAI(max_retries=0)
responses = client.responses

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather of a city.",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Forecast(BaseModel):
    city: str
    degrees: int


def outputs_for(response):
    degrees = {"Paris": "21 degrees", "Rome": "24 degrees"}
    return [
        {
            "type": "function_call_output",
            "call_id": item.call_id,
            "output": degrees[json.loads(item.arguments)["city"]],
        }
        for item in response.output
        if item.type == "function_call"
    ]


def wait_for(response_id):
    while (response := responses.retrieve(response_id)).status in ("queued", "in_progress"):
        time.sleep(0.02)
    return response


def a_text_is_answered_and_found_again():
    response = responses.create(model="echo", input="Hello there", instructions="Be brief.", metadata={"of": "x"})
    assert (response.status, response.output_text) == ("completed", "You said: Hello there")
    usage = response.usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (12, 5, 17)
    assert usage.output_tokens_details.reasoning_tokens == 0
    again = responses.retrieve(response.id)
    assert again.to_dict() == response.to_dict()
    assert (again.instructions, again.metadata, again.error) == ("Be brief.", {"of": "x"}, None)


def a_stream_is_read_event_by_event():
    events = list(responses.create(model="echo", input="Hello there", stream=True))
    assert [event.to_dict()["sequence_number"] for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == "You said: Hello there"
    assert (events[0].type, events[-1].type) == ("response.created", "response.completed")
    assert events[-1].response.output_text == text


def the_helper_of_a_stream_gathers_the_response():
    with responses.stream(model="echo", input="Hello there") as stream:
        snapshots = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
        final = stream.get_final_response()
    assert (snapshots[-1], final.output_text) == ("You said: Hello there",) * 2
    assert responses.retrieve(final.id).output_text == final.output_text


def functions_are_called_and_answered_by_the_id_of_the_response():
    asked = responses.create(model="weather", input="How warm is it?", tools=[WEATHER])
    assert [item.type for item in asked.output] == ["function_call"] * 2
    told = responses.create(
        model="weather", previous_response_id=asked.id, input=outputs_for(asked), tools=[WEATHER]
    )
    assert told.output_text == "Outside it is 21 degrees and 24 degrees."
    assert told.previous_response_id == asked.id


def functions_are_called_in_a_stream_and_answered_with_all_that_was_said():
    history = [{"role": "user", "content": "How warm is it?"}]
    with responses.stream(model="weather", input=history, tools=[WEATHER], store=False) as stream:
        pieces = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
        asked = stream.get_final_response()
    assert "".join(pieces) == "".join(item.arguments for item in asked.output)
    # What was answered is sent back as it came.
    history += [item.to_dict() for item in asked.output] + outputs_for(asked)
    with responses.stream(model="weather", input=history, tools=[WEATHER], store=False) as stream:
        assert stream.get_final_response().output_text == "Outside it is 21 degrees and 24 degrees."


def a_response_goes_on_with_another_one_twice():
    first = responses.create(model="echo", input="My name is Ada.")
    for said in ["Who am I?", "Who was I?"]:
        fork = responses.create(model="echo", input=said, previous_response_id=first.id)
        assert (fork.output_text, fork.previous_response_id) == (f"You said: {said}", first.id)
        items = responses.input_items.list(fork.id, order="asc")
        assert [item.content[0].text for item in items] == ["My name is Ada.", "You said: My name is Ada.", said]


def an_answer_is_parsed_into_a_class():
    parsed = responses.parse(model="forecaster", input="How warm is it in Paris?", text_format=Forecast)
    assert parsed.output_parsed == Forecast(city="Paris", degrees=21)
    with responses.stream(model="forecaster", input="How warm is it?", text_format=Forecast) as stream:
        stream.until_done()
        assert stream.get_final_response().output_parsed == Forecast(city="Paris", degrees=21)


def pictures_and_items_of_the_input_are_listed():
    picture = {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{PIXEL}"}
    said = [{"role": "user", "content": f"Message {at}"} for at in range(23)]
    seen = {"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, picture]}
    response = responses.create(model="echo", input=[*said, seen])
    assert response.output_text == "You said: What is this? [file]"
    items = list(responses.input_items.list(response.id, limit=10, order="asc"))
    assert [item.content[0].text for item in items] == [*(one["content"] for one in said), "What is this?"]


def a_response_is_deleted():
    response = responses.create(model="echo", input="Hello there")
    responses.delete(response.id)
    try:
        responses.retrieve(response.id)
        raise AssertionError("the response is still there")
    except openai.NotFoundError as error:
        assert f"Response with id '{response.id}' not found." in error.message


def a_response_that_is_cut_off_is_incomplete():
    response = responses.create(model="brief", input="Tell me a story.")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert response.output_text == "This is a long"
    events = list(responses.create(model="brief", input="Tell me a story.", stream=True))
    assert events[-1].type == "response.incomplete"


def errors_are_of_the_class_that_their_status_stands_for():
    for params, param in [({"temperature": 7}, "temperature"), ({"previous_response_id": "resp_x"}, None)]:
        try:
            responses.create(model="echo", input="Hi", **params)
            raise AssertionError("not refused")
        except openai.BadRequestError as error:
            assert error.param == (param or "previous_response_id"), error
    assert responses.create(model="broken", input="Hi").error.message == "The prompt is bad."
    try:
        for _ in responses.create(model="broken", input="Hi", stream=True):
            pass
        raise AssertionError("not thrown")
    except openai.APIError as error:
        assert "The prompt is bad." in error.message


def a_response_in_the_background_is_polled_and_its_stream_read_again():
    queued = responses.create(model="echo", input="Hello there", background=True)
    assert queued.status == "queued"
    assert wait_for(queued.id).output_text == "You said: Hello there"
    events = []
    # A stream that is left open may be closed in the middle of another call, which then waits for its own lock.
    with responses.create(model="slow", input="Hello there", background=True, stream=True) as stream:
        for event in stream:
            events.append(event)
            if event.type == "response.output_text.delta":
                break
    rest = responses.retrieve(events[0].response.id, stream=True, starting_after=events[-1].sequence_number)
    events += list(rest)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].response.output_text == "You said: Hello there"
    again = list(responses.retrieve(events[0].response.id, stream=True))
    assert [event.to_dict() for event in again] == [event.to_dict() for event in events]
    with responses.stream(response_id=events[0].response.id, starting_after=4) as stream:
        assert stream.get_final_response().output_text == "You said: Hello there"


def a_response_in_the_background_is_cancelled():
    begun = responses.create(model="endless", input="Hi", background=True)
    assert responses.cancel(begun.id).status == "cancelled"
    assert responses.retrieve(begun.id).output == []


def a_conversation_remembers_and_is_changed_and_deleted():
    conversations = client.conversations
    conversation = conversations.create(
        items=[{"type": "message", "role": "user", "content": "My name is Ada."}], metadata={"of": "a"}
    )
    response = responses.create(model="weather", conversation=conversation.id, input="Warm?", tools=[WEATHER])
    told = responses.create(
        model="weather", conversation={"id": conversation.id}, input=outputs_for(response), tools=[WEATHER]
    )
    assert told.conversation.id == conversation.id
    assert told.output_text == "Outside it is 21 degrees and 24 degrees."
    kinds = [item.type for item in conversations.items.list(conversation.id, order="asc", limit=2)]
    calls = ["function_call"] * 2 + ["function_call_output"] * 2
    assert kinds == ["message", "message", *calls, "message"]
    assert conversations.update(conversation.id, metadata={"of": "b"}).metadata == {"of": "b"}
    [added] = conversations.items.create(
        conversation.id, items=[{"type": "message", "role": "user", "content": "And tomorrow?"}]
    ).data
    found = conversations.items.retrieve(added.id, conversation_id=conversation.id)
    assert found.content[0].text == "And tomorrow?"
    conversations.items.delete(added.id, conversation_id=conversation.id)
    assert conversations.delete(conversation.id).deleted
    try:
        conversations.retrieve(conversation.id)
        raise AssertionError("the conversation is still there")
    except openai.NotFoundError:
        pass


def a_thread_goes_on_as_a_conversation_and_back():
    threads = client.beta.threads
    assistant = client.beta.assistants.create(model="echo")
    thread = threads.create(messages=[{"role": "user", "content": "One"}])
    ask = {"thread_id": thread.id, "assistant_id": assistant.id, "poll_interval_ms": 20}
    assert threads.runs.create_and_poll(**ask).status == "completed"
    conversation = thread.id.replace("thread_", "conv_")
    told = responses.create(model="echo", conversation=conversation, input="Two")
    assert (told.conversation.id, told.output_text) == (conversation, "You said: Two")
    threads.messages.create(thread.id, role="user", content="Three")
    assert threads.runs.create_and_poll(**ask).status == "completed"
    said = ["One", "You said: One", "Two", "You said: Two", "Three", "You said: Three"]
    items = client.conversations.items.list(conversation, order="asc")
    messages = threads.messages.list(thread.id, order="asc")
    assert [item.content[0].text for item in items] == said
    assert [message.content[0].text.value for message in messages] == said
    begun = client.conversations.create(items=[{"type": "message", "role": "user", "content": "Four"}])
    ask["thread_id"] = begun.id.replace("conv_", "thread_")
    assert threads.runs.create_and_poll(**ask).status == "completed"
    # The client that made the assistant also goes on with it as a prompt.
    told = responses.create(prompt={"id": assistant.id}, conversation=begun.id, input="Five")
    assert told.output_text == "You said: Five"


def a_custom_tool_is_called_with_text():
    tools = [{"type": "custom", "name": "write_sql", "description": "Runs a query."}]
    asked = responses.create(model="clerk", input="How many?", tools=tools)
    [call] = asked.output
    assert (call.type, call.input) == ("custom_tool_call", "select count(*) from cities")
    output = {"type": "custom_tool_call_output", "call_id": call.call_id, "output": "12"}
    told = responses.create(model="clerk", previous_response_id=asked.id, input=[output], tools=tools)
    assert told.output_text == "The answer is 12."


def the_tokens_of_an_input_are_counted():
    counted = responses.input_tokens.count(model="echo", input="Hello there")
    assert counted.object == "response.input_tokens"
    assert counted.input_tokens > 0


def a_program_reads_a_file_and_writes_one_that_is_downloaded():
    file = client.files.create(file=("said.txt", b"hello"), purpose="user_data")
    tools = [{"type": "code_interpreter", "container": {"type": "auto", "file_ids": [file.id]}}]
    include = ["code_interpreter_call.outputs"]
    with responses.stream(model="scribe", input="Louder!", tools=tools, include=include) as stream:
        pieces = [e.delta for e in stream if e.type == "response.code_interpreter_call_code.delta"]
        call, message = stream.get_final_response().output
    assert (call.type, call.status, call.code) == ("code_interpreter_call", "completed", "".join(pieces))
    assert [output.logs for output in call.outputs] == ["hello\n"]
    [cited] = message.content[0].annotations
    assert (cited.type, cited.filename) == ("container_file_citation", "loud.md")
    assert message.content[0].text[cited.start_index : cited.end_index] == "sandbox:/mnt/data/loud.md"
    assert cited.container_id == call.container_id
    content = client.containers.files.content.retrieve(cited.file_id, container_id=cited.container_id)
    assert content.read() == b"HELLO"


def a_container_of_ones_own_has_files_before_and_after():
    container = client.containers.create(name="mine")
    client.containers.files.create(container.id, file=("said.txt", b"hello"))
    tools = [{"type": "code_interpreter", "container": container.id}]
    assert responses.create(model="scribe", input="Louder!", tools=tools).output[0].container_id == container.id
    files = {file.source: file for file in client.containers.files.list(container.id)}
    assert files["user"].path.endswith("-said.txt")
    loud = client.containers.files.retrieve(files["assistant"].id, container_id=container.id)
    assert loud.path == "/mnt/data/loud.md"
    client.containers.files.delete(loud.id, container_id=container.id)
    assert client.containers.retrieve(container.id).name == "mine"
    client.containers.delete(container.id)
    assert container.id not in [one.id for one in client.containers.list()]


def a_search_is_cited():
    store = client.vector_stores.create(name="harbour")
    ferry = client.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=("harbour.txt", b"The night ferry leaves at eleven."), poll_interval_ms=30
    )
    tools = [{"type": "file_search", "vector_store_ids": [store.id]}]
    asks = {"model": "librarian", "input": "When does the ferry leave?", "tools": tools}
    with responses.stream(**asks, include=["file_search_call.results"]) as stream:
        events = [event.type for event in stream]
        call, message = stream.get_final_response().output
    assert "response.output_text.annotation.added" in events
    assert (call.type, call.queries) == ("file_search_call", ["When does the ferry leave?"])
    assert [(result.filename, result.text) for result in call.results] == [
        ("harbour.txt", "The night ferry leaves at eleven.")
    ]
    [cited] = message.content[0].annotations
    assert (cited.type, cited.file_id, cited.filename) == ("file_citation", ferry.id, "harbour.txt")
    assert message.content[0].text == "It is so."


def a_call_of_an_mcp_server_waits_for_its_approval():
    tools = [{"type": "mcp", "server_label": "lab", "server_url": os.environ["MCP_URL"], "require_approval": "always"}]
    asked = responses.create(model="roller", input="Roll!", tools=tools)
    assert [item.type for item in asked.output] == ["mcp_list_tools", "mcp_approval_request"]
    approval = {"type": "mcp_approval_response", "approval_request_id": asked.output[1].id, "approve": True}
    asks = {"model": "roller", "previous_response_id": asked.id, "input": [approval], "tools": tools}
    with responses.stream(**asks) as stream:
        events = [event.type for event in stream]
        told = stream.get_final_response()
    assert "response.mcp_call.completed" in events
    assert [item.type for item in told.output] == ["mcp_call", "message"]
    assert (told.output[0].name, told.output[0].output, told.output_text) == ("roll", "4", "It is 4.")


def the_web_is_searched_and_cited():
    tools = [{"type": "web_search_preview", "search_context_size": "low"}]
    asks = {"model": "reporter", "input": "When does the ferry leave?", "tools": tools}
    with responses.stream(**asks) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_response()
    assert {"response.web_search_call.completed", "response.output_text.annotation.added"} <= set(events)
    assert [item.type for item in final.output] == ["web_search_call"] * 3 + ["message"]
    [cited] = final.output[-1].content[0].annotations
    assert (cited.type, cited.url, cited.title) == ("url_citation", "https://example.com/harbour", "The harbour")
    assert final.output_text[cited.start_index : cited.end_index] == "It leaves at eleven"
    if openai.__version__.startswith("1."):
        # Its types know less of what is done on the web.
        return
    kept = responses.retrieve(final.id).output
    assert [item.to_dict() for item in final.output[:-1]] == [item.to_dict() for item in kept[:-1]]
    sought = responses.create(**asks, include=["web_search_call.action.sources"])
    search, opened, found, _ = sought.output
    assert (search.action.query, search.action.sources[0].url) == ("night ferry", "https://example.com/harbour")
    assert (opened.action.type, found.action.pattern) == ("open_page", "eleven")


def a_picture_is_made_and_sent_back():
    tools = [{"type": "image_generation", "output_format": "png", "partial_images": 1}]
    history = [{"role": "user", "content": "A small ferry, please"}]
    with responses.stream(model="painter", input=history, tools=tools, store=False) as stream:
        [draft] = [event for event in stream if event.type == "response.image_generation_call.partial_image"]
        final = stream.get_final_response()
    picture, message = final.output
    assert (picture.type, picture.status, final.output_text) == ("image_generation_call", "completed", "Here it is.")
    assert base64.b64decode(picture.result) == base64.b64decode(draft.partial_image_b64) == base64.b64decode(PIXEL)
    history += [picture.to_dict(), message.to_dict(), {"role": "user", "content": "And now?"}]
    assert responses.create(model="echo", input=history).output_text == "You said: And now?"


def a_computer_is_worked_on():
    asks = {"model": "operator", "tools": [{"type": "computer"}], "truncation": "auto"}
    asked = responses.create(**asks, input="Open it")
    [call] = asked.output
    first, [check] = call.actions[0], call.pending_safety_checks
    assert (call.type, first.type, first.button, first.x, first.y) == ("computer_call", "click", "left", 10, 20)
    assert (len(call.actions), check.code, check.message) == (9, "irrelevant_domain", "Look at the address.")
    seen = {
        "type": "computer_call_output",
        "call_id": call.call_id,
        "acknowledged_safety_checks": [check.to_dict()],
        "output": {"type": "computer_screenshot", "image_url": f"data:image/png;base64,{PIXEL}"},
    }
    with responses.stream(**asks, previous_response_id=asked.id, input=[seen]) as stream:
        told = stream.get_final_response()
    assert told.output_text == "It is open."
    shown = responses.input_items.list(told.id, order="asc")
    assert [item.type for item in shown] == ["message", "computer_call", "computer_call_output"]


def what_was_said_is_compacted_and_goes_on():
    first = responses.create(model="echo", input="My name is Ada.")
    compacted = responses.compact(model="echo", previous_response_id=first.id)
    assert (compacted.object, compacted.output[-1].type) == ("response.compaction", "compaction")
    said = [*(item.to_dict() for item in compacted.output), {"role": "user", "content": "Who am I?"}]
    assert responses.create(model="echo", input=said).output_text == "You said: Who am I?"


def a_webhook_is_unwrapped():
    response = responses.create(model="echo", input="Hello there", background=True)
    with urllib.request.urlopen(f"{os.environ['WEBHOOKS_URL']}/{response.id}") as webhook:
        body, headers = webhook.read().decode(), dict(webhook.headers)
    event = client.webhooks.unwrap(body, headers)
    assert (event.type, event.data.id) == ("response.completed", response.id)
    try:
        client.webhooks.unwrap(body.replace("completed", "failed"), headers)
        raise AssertionError("a forged webhook is taken")
    except openai.InvalidWebhookSignatureError:
        pass


async def the_asynchronous_client_creates_streams_and_pages():
    async with AsyncOpenAI(max_retries=0) as client:
        response = await client.responses.create(model="echo", input="Hello there")
        assert response.output_text == "You said: Hello there"
        async with client.responses.stream(model="weather", input="Warm?", tools=[WEATHER]) as stream:
            asked = await stream.get_final_response()
        assert len(outputs_for(asked)) == 2
        items = [item.content[0].text async for item in client.responses.input_items.list(response.id)]
        assert items == ["Hello there"]


# By the kinds of test/sdks/kinds.ts, which knows what the first majors do not have.
CASES = {
    "text": [a_text_is_answered_and_found_again],
    "stream": [
        a_stream_is_read_event_by_event,
        the_helper_of_a_stream_gathers_the_response,
        the_asynchronous_client_creates_streams_and_pages,
    ],
    "functions": [
        functions_are_called_and_answered_by_the_id_of_the_response,
        functions_are_called_in_a_stream_and_answered_with_all_that_was_said,
        a_custom_tool_is_called_with_text,
    ],
    "structured output": [an_answer_is_parsed_into_a_class],
    "chain": [a_response_goes_on_with_another_one_twice],
    "conversation": [
        a_conversation_remembers_and_is_changed_and_deleted,
        a_thread_goes_on_as_a_conversation_and_back,
    ],
    "background": [a_response_in_the_background_is_polled_and_its_stream_read_again],
    "code interpreter": [
        a_program_reads_a_file_and_writes_one_that_is_downloaded,
        a_container_of_ones_own_has_files_before_and_after,
    ],
    "file search": [a_search_is_cited],
    "MCP": [a_call_of_an_mcp_server_waits_for_its_approval],
    "web search": [the_web_is_searched_and_cited],
    "pictures": [a_picture_is_made_and_sent_back],
    "computer": [a_computer_is_worked_on],
    "compaction": [what_was_said_is_compacted_and_goes_on],
    "pages": [pictures_and_items_of_the_input_are_listed],
    "token count": [the_tokens_of_an_input_are_counted],
    "cancel": [a_response_in_the_background_is_cancelled],
    "delete": [a_response_is_deleted],
    "webhooks": [a_webhook_is_unwrapped],
    "errors": [a_response_that_is_cut_off_is_incomplete, errors_are_of_the_class_that_their_status_stands_for],
}
LATER = {
    "background": (responses, "cancel"),
    "cancel": (responses, "cancel"),
    "code interpreter": (client, "containers"),
    "compaction": (responses, "compact"),
    # Before, it knew the older tool alone.
    "computer": (openai.types.responses, "ComputerAction"),
    "conversation": (client, "conversations"),
    "pictures": (openai.types.responses, "ResponseImageGenCallCompletedEvent"),
    "token count": (responses, "input_tokens"),
    "webhooks": (client, "webhooks"),
}

if __name__ == "__main__":
    run({kind: cases for kind, cases in CASES.items() if kind not in LATER or hasattr(*LATER[kind])})
