"""What the Agents SDK of Python must be able to do here, as plain functions with assert statements.

Needs the package openai-agents, and the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL:

    node test/sdks/with-server.ts node test/sdks/serve.ts -- python test/sdks/python/agents_sdk.py
"""

import base64
import os

from agents import (
    Agent,
    CodeInterpreterTool,
    Computer,
    ComputerTool,
    FileSearchTool,
    GuardrailFunctionOutput,
    HostedMCPTool,
    ImageGenerationTool,
    InputGuardrailTripwireTriggered,
    ModelSettings,
    OpenAIConversationsSession,
    OpenAIResponsesCompactionSession,
    Runner,
    SQLiteSession,
    WebSearchTool,
    function_tool,
    input_guardrail,
    set_trace_processors,
    trace,
)
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor
from openai import AsyncOpenAI, BadRequestError, NotFoundError
from pydantic import BaseModel
from runner import run

exporter = BackendSpanExporter(endpoint=f"{os.environ['OPENAI_BASE_URL']}/traces/ingest")
traces = BatchTraceProcessor(exporter)
set_trace_processors([traces])

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ANSWER = "Outside it is 21 degrees and 24 degrees."


class Forecast(BaseModel):
    city: str
    degrees: int


@function_tool
def get_weather(city: str, unit: str = "celsius") -> str:
    """Tells the weather of a city."""
    return {"Paris": "21 degrees", "Rome": "24 degrees"}[city]


@input_guardrail
async def nothing_secret(context, agent, given):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered="secret" in str(given))


echo = Agent(name="Echo", instructions="Say it again.", model="echo")
weather = Agent(name="Weather agent", instructions="Tell the weather.", model="weather", tools=[get_weather])
triage = Agent(name="Triage", model="triage", handoffs=[weather])


def spoken(items):
    return [item.get("type", "message") for item in items]


async def an_agent_calls_tools_and_answers():
    result = await Runner.run(weather, "How warm is it?")
    assert result.final_output == ANSWER
    kinds = [item.type for item in result.new_items]
    assert kinds == ["tool_call_item"] * 2 + ["tool_call_output_item"] * 2 + ["message_output_item"]
    assert result.context_wrapper.usage.requests == 2


async def an_agent_goes_on_by_the_id_of_a_response():
    first = await Runner.run(echo, "My name is Ada.")
    second = await Runner.run(echo, "Who am I?", previous_response_id=first.last_response_id)
    assert second.final_output == "You said: Who am I?"
    client = AsyncOpenAI()
    assert (await client.responses.retrieve(second.last_response_id)).previous_response_id == first.last_response_id
    # Or with everything that was said, as it came.
    third = await Runner.run(echo, [*second.to_input_list(), {"role": "user", "content": "And now?"}])
    assert third.final_output == "You said: And now?"


async def a_stream_tells_text_tools_and_agents():
    result = Runner.run_streamed(triage, "How warm is it?")
    text, agents, kinds = "", [], []
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            text += event.data.delta
        elif event.type == "agent_updated_stream_event":
            agents.append(event.new_agent.name)
        elif event.type == "run_item_stream_event":
            kinds.append(event.name)
    assert (text, result.final_output) == (ANSWER, ANSWER)
    assert agents == ["Triage", "Weather agent"]
    assert {"handoff_requested", "tool_called", "tool_output", "message_output_created"} <= set(kinds)


async def one_agent_hands_over_to_another():
    result = await Runner.run(triage, "How warm is it?")
    assert (result.final_output, result.last_agent.name) == (ANSWER, "Weather agent")


async def a_session_is_a_conversation():
    session = OpenAIConversationsSession(openai_client=AsyncOpenAI())
    assert (await Runner.run(triage, "How warm is it?", session=session)).final_output == ANSWER
    assert (await Runner.run(echo, "Thank you", session=session)).final_output == "You said: Thank you"
    items = await session.get_items()
    calls = ["function_call"] * 2 + ["function_call_output"] * 2
    handover = ["function_call", "function_call_output"]
    assert spoken(items) == ["message", *handover, *calls, "message", "message", "message"], spoken(items)
    assert spoken(await session.get_items(limit=2)) == ["message", "message"]
    assert (await session.pop_item())["role"] == "assistant"
    assert len(await session.get_items()) == len(items) - 1
    await session.add_items([{"role": "user", "content": f"Message {at}"} for at in range(45)])
    assert len(await session.get_items()) == len(items) + 44
    await session.clear_session()


async def a_session_is_compacted():
    session = OpenAIResponsesCompactionSession(
        "compacted", SQLiteSession("compacted"), model="gpt-4.1", should_trigger_compaction=lambda _: True
    )
    assert (await Runner.run(echo, "My name is Ada.", session=session)).final_output == "You said: My name is Ada."
    assert spoken(await session.get_items()) == ["message", "compaction"]
    assert (await Runner.run(echo, "Who am I?", session=session)).final_output == "You said: Who am I?"


async def an_agent_in_a_conversation_of_the_server_sends_only_what_is_new():
    client = AsyncOpenAI()
    conversation = await client.conversations.create()
    for question in ["How warm is it?", "And now?"]:
        result = await Runner.run(weather, question, conversation_id=conversation.id)
        assert result.final_output == ANSWER
    items = [item.type async for item in client.conversations.items.list(conversation.id, order="asc")]
    once = ["message", *["function_call"] * 2, *["function_call_output"] * 2, "message"]
    assert items == once * 2, items


async def an_answer_has_the_type_that_was_asked_for():
    agent = Agent(name="Forecaster", model="forecaster", output_type=Forecast)
    assert (await Runner.run(agent, "Warm?")).final_output == Forecast(city="Paris", degrees=21)


async def a_guardrail_keeps_a_question_from_the_agent():
    guarded = echo.clone(input_guardrails=[nothing_secret])
    assert (await Runner.run(guarded, "Hello")).final_output == "You said: Hello"
    try:
        await Runner.run(guarded, "A secret")
        raise AssertionError("not kept")
    except InputGuardrailTripwireTriggered:
        pass


async def nothing_is_stored_where_an_agent_says_so():
    settings = ModelSettings(store=False, temperature=0.5, metadata={"of": "agents"}, parallel_tool_calls=True)
    agent = weather.clone(model_settings=settings)
    assert (await Runner.run(agent, "How warm is it?")).final_output == ANSWER


async def an_agent_is_a_tool_of_another():
    tool = weather.as_tool(tool_name="get_weather", tool_description="Tells the weather of a city.")
    result = await Runner.run(Agent(name="Boss", model="boss", tools=[tool]), "How warm is it?")
    assert result.final_output == f"The agent says: {ANSWER}"


async def a_program_of_the_server_reads_and_writes_files():
    client = AsyncOpenAI()
    file = await client.files.create(file=("said.txt", b"hello"), purpose="user_data")
    container = {"type": "auto", "file_ids": [file.id]}
    tool = CodeInterpreterTool(tool_config={"type": "code_interpreter", "container": container})
    result = Runner.run_streamed(Agent(name="Scribe", model="scribe", tools=[tool]), "Louder!")
    async for _ in result.stream_events():
        pass
    call, message = (item.raw_item for item in result.new_items)
    [cited] = message.content[0].annotations
    assert (call.container_id, cited.filename) == (cited.container_id, "loud.md")
    content = await client.containers.files.content.retrieve(cited.file_id, container_id=cited.container_id)
    assert content.read() == b"HELLO"


async def a_search_of_the_server_is_cited():
    client = AsyncOpenAI()
    store = await client.vector_stores.create(name="harbour")
    await client.vector_stores.files.upload_and_poll(
        vector_store_id=store.id, file=("harbour.txt", b"The night ferry leaves at eleven."), poll_interval_ms=30
    )
    tool = FileSearchTool(vector_store_ids=[store.id], max_num_results=3, include_search_results=True)
    result = await Runner.run(Agent(name="Librarian", model="librarian", tools=[tool]), "When does the ferry leave?")
    call, message = (item.raw_item for item in result.new_items)
    assert call.results[0].text == "The night ferry leaves at eleven."
    assert message.content[0].annotations[0].filename == "harbour.txt"


async def a_call_of_an_mcp_server_is_approved_by_a_function():
    asked = []

    def approve(request):
        asked.append(request.data.name)
        return {"approve": True}

    config = {"type": "mcp", "server_label": "lab", "server_url": os.environ["MCP_URL"], "require_approval": "always"}
    agent = Agent(name="Roller", model="roller", tools=[HostedMCPTool(tool_config=config, on_approval_request=approve)])
    assert (await Runner.run(agent, "Roll!")).final_output == "It is 4."
    assert asked == ["roll"]


async def the_web_is_searched_and_cited():
    tool = WebSearchTool(search_context_size="low", filters={"allowed_domains": ["example.com"]})
    agent = Agent(name="Reporter", model="reporter", tools=[tool])
    result = Runner.run_streamed(agent, "When does the ferry leave?")
    events = {event.data.type async for event in result.stream_events() if event.type == "raw_response_event"}
    assert {"response.web_search_call.completed", "response.output_text.annotation.added"} <= events
    *calls, message = (item.raw_item for item in result.new_items)
    assert [call.action.type for call in calls] == ["search", "open_page", "find_in_page"]
    assert message.content[0].annotations[0].url == "https://example.com/harbour"
    again = [*result.to_input_list(), {"role": "user", "content": "And tomorrow?"}]
    assert (await Runner.run(agent, again)).final_output == "It leaves at eleven."


async def a_picture_is_made_and_sent_back():
    tool = ImageGenerationTool(tool_config={"type": "image_generation", "quality": "low"})
    agent = Agent(name="Painter", model="painter", tools=[tool], model_settings=ModelSettings(store=False))
    session = SQLiteSession("pictures")
    for asked in ["A small ferry, please", "And another one"]:
        result = await Runner.run(agent, asked, session=session)
        assert result.final_output == "Here it is."
        assert base64.b64decode(result.new_items[0].raw_item.result).startswith(b"\x89PNG")


class Screen(Computer):
    """Shows one pixel, and tells what was done on it."""

    def __init__(self):
        self.done = []

    def screenshot(self):
        return PIXEL

    def click(self, x, y, button):
        self.done.append(("click", x, y, button))

    def double_click(self, x, y):
        self.done.append(("double_click", x, y))

    def scroll(self, x, y, scroll_x, scroll_y):
        self.done.append(("scroll", x, y, scroll_x, scroll_y))

    def type(self, text):
        self.done.append(("type", text))

    def wait(self):
        self.done.append(("wait",))

    def move(self, x, y):
        self.done.append(("move", x, y))

    def keypress(self, keys):
        self.done.append(("keypress", *keys))

    def drag(self, path):
        self.done.append(("drag", *path))


async def a_computer_is_worked_on_after_its_checks():
    screen, checked = Screen(), []

    def check(data):
        checked.append(data.safety_check.code)
        return True

    tool = ComputerTool(computer=screen, on_safety_check=check)
    assert (await Runner.run(Agent(name="Operator", model="operator", tools=[tool]), "Open it")).final_output == "It is open."
    assert checked == ["irrelevant_domain"]
    assert screen.done == [
        ("click", 10, 20, "left"),
        ("double_click", 10, 20),
        ("type", "ferry"),
        ("keypress", "CTRL", "S"),
        ("move", 30, 40),
        ("drag", (1, 1), (2, 2)),
        ("scroll", 30, 40, 0, 50),
        ("wait",),
    ], screen.done


async def what_agents_did_is_traced():
    with trace("The weather") as told:
        await Runner.run(triage, "How warm is it?")
    traces.force_flush()
    client = AsyncOpenAI()
    found = await client.get(f"/traces/{told.trace_id}", cast_to=dict)
    assert found["workflow_name"] == "The weather", found
    spans = await client.get(f"/traces/{told.trace_id}/spans", cast_to=dict)
    kinds = {span["span_data"]["type"] for span in spans["data"]}
    assert {"agent", "response", "function", "handoff"} <= kinds, kinds


async def a_model_that_is_not_there_is_an_error():
    try:
        await Runner.run(echo.clone(model="unknown"), "Hello")
        raise AssertionError("not refused")
    except (BadRequestError, NotFoundError) as error:
        assert "does not exist" in error.message


# By the kinds of test/sdks/kinds.ts.
CASES = {
    "text": [
        a_guardrail_keeps_a_question_from_the_agent,
        nothing_is_stored_where_an_agent_says_so,
        what_agents_did_is_traced,
    ],
    "stream": [a_stream_tells_text_tools_and_agents],
    "functions": [an_agent_calls_tools_and_answers, one_agent_hands_over_to_another, an_agent_is_a_tool_of_another],
    "structured output": [an_answer_has_the_type_that_was_asked_for],
    "chain": [an_agent_goes_on_by_the_id_of_a_response],
    "conversation": [
        a_session_is_a_conversation,
        an_agent_in_a_conversation_of_the_server_sends_only_what_is_new,
    ],
    "code interpreter": [a_program_of_the_server_reads_and_writes_files],
    "file search": [a_search_of_the_server_is_cited],
    "MCP": [a_call_of_an_mcp_server_is_approved_by_a_function],
    "web search": [the_web_is_searched_and_cited],
    "pictures": [a_picture_is_made_and_sent_back],
    "computer": [a_computer_is_worked_on_after_its_checks],
    "compaction": [a_session_is_compacted],
    "errors": [a_model_that_is_not_there_is_an_error],
}

if __name__ == "__main__":
    run(CASES)
