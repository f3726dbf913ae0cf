"""What the official Python client must be able to do here, as plain functions with assert statements.

Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL:

    node test/sdks/with-server.ts node test/sdks/serve.ts -- python test/sdks/python/cases.py
"""

import io
import json
import os
import pathlib
import struct
import tempfile
import time
import zipfile

import openai
from openai import AssistantEventHandler, AsyncAssistantEventHandler, AsyncOpenAI, AzureOpenAI, OpenAI
from runner import run
from typing_extensions import override

client = OpenAI(max_retries=0)
threads = client.beta.threads

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Tells the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PROGRAM = "numbers = [3, 5, 7]\nfor number in numbers:\n    print(number * 2)\n"


def begin(model, tools=(), content="Hello there", client=client):
    """The ids of a new thread in which the user has spoken, and of an assistant of that behaviour."""
    assistant = client.beta.assistants.create(model=model, tools=list(tools))
    thread = client.beta.threads.create(messages=[{"role": "user", "content": content}])
    return {"thread_id": thread.id, "assistant_id": assistant.id}


def text_of(message):
    return "".join(part.text.value for part in message.content)


def outputs_for(run):
    degrees = {"Paris": "21 degrees", "Rome": "24 degrees"}
    return [
        {"tool_call_id": call.id, "output": degrees[json.loads(call.function.arguments)["city"]]}
        for call in run.required_action.submit_tool_outputs.tool_calls
    ]


def a_run_is_polled_to_its_end_in_the_steps_that_the_server_asks_for():
    ids = begin("echo")
    began = time.monotonic()
    run = threads.runs.create_and_poll(**ids)
    # Left alone this client looks once a second.
    assert time.monotonic() - began < 0.9
    assert run.status == "completed"
    assert (run.usage.prompt_tokens, run.usage.completion_tokens, run.usage.total_tokens) == (12, 5, 17)
    messages = threads.messages.list(thread_id=ids["thread_id"])
    assert [text_of(message) for message in messages.data] == ["You said: Hello there", "Hello there"]


def an_event_handler_is_told_text_and_steps_and_gathers_them():
    class Handler(AssistantEventHandler):
        def __init__(self):
            super().__init__()
            self.text = ""
            self.heard = []

        def hear(self, name):
            if self.heard[-1:] != [name]:
                self.heard.append(name)

        @override
        def on_run_step_created(self, run_step):
            self.hear("run_step_created")

        @override
        def on_message_created(self, message):
            self.hear("message_created")

        @override
        def on_text_created(self, text):
            self.hear("text_created")

        @override
        def on_text_delta(self, delta, snapshot):
            self.hear("text_delta")
            self.text += delta.value
            assert snapshot.value == self.text

        @override
        def on_text_done(self, text):
            self.hear("text_done")

        @override
        def on_message_done(self, message):
            self.hear("message_done")

        @override
        def on_run_step_done(self, run_step):
            self.hear("run_step_done")

        @override
        def on_end(self):
            self.hear("end")

    ids = begin("echo")
    handler = Handler()
    with threads.runs.stream(**ids, event_handler=handler) as stream:
        stream.until_done()
    assert handler.text == "You said: Hello there"
    assert handler.heard == [
        "run_step_created",
        "message_created",
        "text_created",
        "text_delta",
        "text_done",
        "message_done",
        "run_step_done",
        "end",
    ]
    assert [text_of(message) for message in stream.get_final_messages()] == ["You said: Hello there"]
    [step] = stream.get_final_run_steps()
    assert step.type == "message_creation"


def the_text_of_a_stream_is_read_piece_by_piece():
    with threads.runs.stream(**begin("echo")) as stream:
        assert "".join(stream.text_deltas) == "You said: Hello there"


def a_thread_and_its_run_are_made_in_one_call():
    assistant_id = begin("echo")["assistant_id"]
    thread = {"messages": [{"role": "user", "content": "Both at once"}]}
    assert threads.create_and_run_poll(assistant_id=assistant_id, thread=thread).status == "completed"
    with threads.create_and_run_stream(assistant_id=assistant_id, thread=thread) as stream:
        assert "".join(stream.text_deltas) == "You said: Both at once"
    events = threads.create_and_run(assistant_id=assistant_id, thread=thread, stream=True)
    names = [event.event for event in events]
    assert (names[0], names[-1]) == ("thread.created", "thread.run.completed")


def outputs_of_functions_are_submitted_and_polled():
    ids = begin("weather", [WEATHER])
    waiting = threads.runs.create_and_poll(**ids)
    assert waiting.status == "requires_action"
    run = threads.runs.submit_tool_outputs_and_poll(
        run_id=waiting.id, thread_id=waiting.thread_id, tool_outputs=outputs_for(waiting)
    )
    assert run.status == "completed"
    [answer, _] = threads.messages.list(ids["thread_id"]).data
    assert text_of(answer) == "Outside it is 21 degrees and 24 degrees."


def function_calls_stream_and_a_handler_submits_their_outputs():
    said = []

    class Telling(AssistantEventHandler):
        @override
        def on_text_delta(self, delta, snapshot):
            said.append(delta.value)

    class Answering(AssistantEventHandler):
        def __init__(self):
            super().__init__()
            self.arguments = {}

        @override
        def on_tool_call_delta(self, delta, snapshot):
            assert delta.type == "function"
            self.arguments[delta.index] = self.arguments.get(delta.index, "") + (delta.function.arguments or "")

        @override
        def on_event(self, event):
            if event.event != "thread.run.requires_action":
                return
            with threads.runs.submit_tool_outputs_stream(
                thread_id=event.data.thread_id,
                run_id=event.data.id,
                tool_outputs=outputs_for(event.data),
                event_handler=Telling(),
            ) as stream:
                stream.until_done()

    handler = Answering()
    with threads.runs.stream(**begin("weather", [WEATHER]), event_handler=handler) as stream:
        stream.until_done()
    assert [json.loads(handler.arguments[at])["city"] for at in (0, 1)] == ["Paris", "Rome"]
    assert "".join(said) == "Outside it is 21 degrees and 24 degrees."


def deltas_of_the_code_interpreter_add_up_to_the_stored_step():
    class Handler(AssistantEventHandler):
        def __init__(self):
            super().__init__()
            self.input = ""
            self.logs = ""

        @override
        def on_tool_call_delta(self, delta, snapshot):
            assert delta.type == "code_interpreter"
            self.input += delta.code_interpreter.input or ""
            for output in delta.code_interpreter.outputs or []:
                self.logs += output.logs

    ids = begin("coder", [{"type": "code_interpreter"}])
    handler = Handler()
    with threads.runs.stream(**ids, event_handler=handler) as stream:
        stream.until_done()
    run = stream.current_run
    assert (handler.input, handler.logs) == (PROGRAM, "6\n10\n14\n")
    steps = list(threads.runs.steps.list(run_id=run.id, thread_id=run.thread_id, order="asc"))
    assert [step.type for step in steps] == ["tool_calls", "message_creation"]
    [call] = steps[0].step_details.tool_calls
    assert call.code_interpreter.input == handler.input
    assert [output.logs for output in call.code_interpreter.outputs] == [handler.logs]


def a_chart_and_a_workbook_are_made_of_a_table_and_downloaded():
    table = client.files.create(file=("turnover.csv", b"city,amount\nParis,12\nRome,30\n"), purpose="assistants")
    thread = threads.create(messages=[{"role": "user", "content": "Draw the sales."}])
    assistant = client.beta.assistants.create(
        model="analyst",
        tools=[{"type": "code_interpreter"}],
        tool_resources={"code_interpreter": {"file_ids": [table.id]}},
    )
    with threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        stream.until_done()
    assert stream.current_run.status == "completed"
    [answer] = stream.get_final_messages()
    image, text = answer.content
    shown = client.files.content(image.image_file.file_id).read()
    workbook, chart = [note.file_path.file_id for note in text.text.annotations]
    saved = client.files.content(chart).read()
    assert shown[:8] == saved[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", saved[16:24]) == (600, 400)
    with zipfile.ZipFile(io.BytesIO(client.files.content(workbook).read())) as parts:
        assert parts.testzip() is None
        assert b'name="Sums"' in parts.read("xl/workbook.xml")


def files_are_uploaded_read_back_and_deleted():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "Größen.csv")
        path.write_text("a,b\n1,2\n")
        from_path = client.files.create(file=path, purpose="assistants")
        with open(path, "rb") as file:
            from_open_file = client.files.create(file=file, purpose="assistants")
    from_memory = client.files.create(file=("hello.txt", io.BytesIO(b"hello")), purpose="assistants")
    assert (from_path.filename, from_path.bytes, from_path.purpose) == ("Größen.csv", 8, "assistants")
    assert from_open_file.filename == "Größen.csv"
    assert client.files.retrieve(from_memory.id).bytes == 5
    assert client.files.content(from_path.id).read() == b"a,b\n1,2\n"
    with client.files.with_streaming_response.content(from_memory.id) as response:
        assert b"".join(response.iter_bytes()) == b"hello"
    listed = [file.id for file in client.files.list(purpose="assistants")]
    assert {from_path.id, from_open_file.id, from_memory.id} <= set(listed)
    assert client.files.delete(from_path.id).deleted
    try:
        client.files.retrieve(from_path.id)
        raise AssertionError("the file is still there")
    except openai.NotFoundError:
        pass


def a_large_file_is_uploaded_in_parts():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "numbers.txt")
        path.write_text("0123456789" * 1000)
        upload = client.uploads.upload_file_chunked(
            file=path, mime_type="text/plain", purpose="assistants", part_size=4096
        )
    assert (upload.status, upload.file.bytes) == ("completed", 10_000)
    assert client.files.content(upload.file.id).text == "0123456789" * 1000


def a_list_is_read_to_its_end_page_after_page():
    thread_id = threads.create().id
    said = [f"message {at}" for at in range(23)]
    for content in said:
        threads.messages.create(thread_id, role="user", content=content)
    first = threads.messages.list(thread_id, limit=10)
    assert (len(first.data), first.has_next_page()) == (10, True)
    messages = threads.messages.list(thread_id, limit=10, order="asc")
    assert [text_of(message) for message in messages] == said


def errors_are_of_the_class_that_their_status_stands_for():
    try:
        client.beta.assistants.retrieve("asst_unknown")
        raise AssertionError("not refused")
    except openai.NotFoundError as error:
        assert "No assistant found with id 'asst_unknown'." in error.message
        assert error.request_id.startswith("req_")
    try:
        client.with_options(api_key="sk-of-somebody-else").beta.assistants.list()
        raise AssertionError("not refused")
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key"
    try:
        client.beta.assistants.create(model="echo", temperature=7)
        raise AssertionError("not refused")
    except openai.BadRequestError as error:
        assert error.param == "temperature"
    assert client.beta.assistants.create(model="echo")._request_id.startswith("req_")


def a_run_that_fails_says_why_and_one_that_never_ends_is_cancelled():
    failed = threads.runs.create_and_poll(**begin("broken"))
    assert failed.status == "failed"
    assert "The prompt is bad" in failed.last_error.message
    with threads.runs.stream(**begin("endless")) as stream:
        for event in stream:
            if event.event == "thread.message.delta":
                run = stream.current_run
                threads.runs.cancel(run_id=run.id, thread_id=run.thread_id)
    assert stream.get_final_run().status == "cancelled"


def metadata_is_changed_everywhere():
    ids = begin("echo")
    metadata = {"about": "the weather"}
    assistant = client.beta.assistants.update(ids["assistant_id"], metadata=metadata, name="Ada")
    assert (assistant.metadata, assistant.name) == (metadata, "Ada")
    assert threads.update(ids["thread_id"], metadata=metadata).metadata == metadata
    [message] = threads.messages.list(ids["thread_id"]).data
    assert threads.messages.update(message.id, thread_id=ids["thread_id"], metadata=metadata).metadata == metadata
    run = threads.runs.create_and_poll(**ids, metadata={"about": "nothing"})
    run = threads.runs.update(run.id, thread_id=ids["thread_id"], metadata=metadata)
    assert run.metadata == metadata
    assert client.beta.assistants.delete(ids["assistant_id"]).deleted


def azures_client_works_with_its_own_address_and_header():
    azure = AzureOpenAI(
        azure_endpoint=os.environ["OPENAI_BASE_URL"].removesuffix("/v1"),
        base_url=None,
        api_key=client.api_key,
        api_version="2024-05-01-preview",
    )
    ids = begin("echo", content="Hello from Azure", client=azure)
    assert azure.beta.threads.runs.create_and_poll(**ids).status == "completed"
    with azure.beta.threads.runs.stream(**ids) as stream:
        assert "".join(stream.text_deltas) == "You said: Hello from Azure"


async def the_asynchronous_client_polls_streams_pages_and_uploads():
    class Handler(AsyncAssistantEventHandler):
        def __init__(self):
            super().__init__()
            self.text = ""

        @override
        async def on_text_delta(self, delta, snapshot):
            self.text += delta.value

    async with AsyncOpenAI(max_retries=0) as client:
        threads = client.beta.threads
        assistant = await client.beta.assistants.create(model="echo")
        thread = await threads.create(messages=[{"role": "user", "content": "Hello"}])
        run = await threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
        assert run.status == "completed"
        handler = Handler()
        async with threads.runs.stream(
            thread_id=thread.id, assistant_id=assistant.id, event_handler=handler
        ) as stream:
            await stream.until_done()
        assert handler.text == "You said: Hello"
        messages = [text_of(message) async for message in threads.messages.list(thread.id, limit=1)]
        assert messages == ["You said: Hello", "You said: Hello", "Hello"]
        file = await client.files.create(file=("hello.txt", b"hello"), purpose="assistants")
        assert (await client.files.content(file.id)).content == b"hello"

        weather = await client.beta.assistants.create(model="weather", tools=[WEATHER])
        waiting = await threads.runs.create_and_poll(thread_id=thread.id, assistant_id=weather.id)
        async with threads.runs.submit_tool_outputs_stream(
            run_id=waiting.id,
            thread_id=thread.id,
            tool_outputs=outputs_for(waiting),
            event_handler=(handler := Handler()),
        ) as stream:
            await stream.until_done()
        assert handler.text == "Outside it is 21 degrees and 24 degrees."


def a_model_is_asked_without_a_thread_at_once_and_piece_by_piece():
    messages = [{"role": "user", "content": "Hello there"}]
    answer = client.chat.completions.create(model="echo", messages=messages)
    assert answer.choices[0].message.content == "You said: Hello there", answer
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (12, 5), answer.usage
    pieces = client.chat.completions.create(model="echo", messages=messages, stream=True)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == "You said: Hello there"
    called = client.chat.completions.create(model="weather", messages=messages, tools=[WEATHER])
    assert [call.function.name for call in called.choices[0].message.tool_calls] == ["get_weather"] * 2


def a_file_is_searched_and_the_answer_cites_it():
    client = OpenAI()
    store = client.vector_stores.create(name="facts")
    note = ("harbour.txt", b"The harbour opens at six.\n\nThe night ferry leaves at twenty past nine.")
    batch = client.vector_stores.file_batches.upload_and_poll(store.id, files=[note])
    assert batch.file_counts.completed == 1
    assistant = client.beta.assistants.create(
        model="demo",
        tools=[{"type": "file_search"}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    thread = client.beta.threads.create(messages=[{"role": "user", "content": "When does the night ferry leave?"}])
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        stream.until_done()
    (content,) = client.beta.threads.messages.list(thread.id).data[0].content
    (note, *_) = content.text.annotations
    assert "twenty past nine" in content.text.value
    assert content.text.value[note.start_index : note.end_index] == note.text
    assert client.files.retrieve(note.file_citation.file_id).filename == "harbour.txt"
    client.vector_stores.delete(store.id)


def a_file_in_progress_says_what_is_being_done_with_it_in_a_field_that_the_client_does_not_know():
    file = client.files.create(file=("note.txt", b"The harbour opens at six."), purpose="assistants")
    store = client.vector_stores.create()
    added = client.vector_stores.files.create(file_id=file.id, vector_store_id=store.id)
    assert added.status == "in_progress"
    assert added.progress["stage"] == "waiting"
    done = client.vector_stores.files.poll(file.id, vector_store_id=store.id)
    assert done.status == "completed"
    assert not hasattr(done, "progress")
    client.vector_stores.delete(store.id)


def a_tool_that_the_client_does_not_know_is_read_streamed_and_gathered_all_the_same():
    class Handler(AssistantEventHandler):
        def __init__(self):
            super().__init__()
            self.joined = {"arguments": "", "output": ""}
            self.created = []

        @override
        def on_tool_call_created(self, tool_call):
            self.created.append(tool_call.type)

        @override
        def on_tool_call_delta(self, delta, snapshot):
            assert delta.type == "dice"
            for name, piece in delta.dice.items():
                self.joined[name] += piece or ""

    ids = begin("gambler", [{"type": "dice", "dice": {"sides": 6}}])
    [tool] = client.beta.assistants.retrieve(ids["assistant_id"]).tools
    assert tool.to_dict() == {"type": "dice", "dice": {"sides": 6}}
    handler = Handler()
    with threads.runs.stream(**ids, event_handler=handler) as stream:
        stream.until_done()
    run = stream.current_run
    whole = {"arguments": '{"count":2}', "output": "4 2"}
    assert (handler.created, handler.joined) == (["dice"], whole)
    steps = threads.runs.steps.list(
        run_id=run.id,
        thread_id=run.thread_id,
        order="asc",
        include=["step_details.tool_calls[*].file_search.results[*].content"],
    )
    [call] = steps.data[0].step_details.tool_calls
    assert (call.type, call.dice) == ("dice", whole)
    again = threads.runs.create_and_poll(**ids, tool_choice={"type": "dice"})
    assert again.status == "completed"
    assert again.to_dict()["tool_choice"] == {"type": "dice"}


CASES = [
    a_run_is_polled_to_its_end_in_the_steps_that_the_server_asks_for,
    an_event_handler_is_told_text_and_steps_and_gathers_them,
    the_text_of_a_stream_is_read_piece_by_piece,
    a_thread_and_its_run_are_made_in_one_call,
    outputs_of_functions_are_submitted_and_polled,
    function_calls_stream_and_a_handler_submits_their_outputs,
    deltas_of_the_code_interpreter_add_up_to_the_stored_step,
    a_tool_that_the_client_does_not_know_is_read_streamed_and_gathered_all_the_same,
    a_chart_and_a_workbook_are_made_of_a_table_and_downloaded,
    files_are_uploaded_read_back_and_deleted,
    a_large_file_is_uploaded_in_parts,
    a_list_is_read_to_its_end_page_after_page,
    errors_are_of_the_class_that_their_status_stands_for,
    a_run_that_fails_says_why_and_one_that_never_ends_is_cancelled,
    metadata_is_changed_everywhere,
    a_model_is_asked_without_a_thread_at_once_and_piece_by_piece,
    a_file_is_searched_and_the_answer_cites_it,
    a_file_in_progress_says_what_is_being_done_with_it_in_a_field_that_the_client_does_not_know,
    azures_client_works_with_its_own_address_and_header,
    the_asynchronous_client_polls_streams_pages_and_uploads,
]


if __name__ == "__main__":
    run(CASES)
