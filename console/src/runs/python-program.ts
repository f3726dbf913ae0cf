import { pythonValue } from '../parts/python-value.ts'
import type { RunCall } from './run-call.ts'

/** The run as a program with the official client for Python. */
export function pythonProgram({ baseURL, body, hasFunctions }: RunCall): string {
  // The client does not know this parameter of a new thread's run.
  const { reasoning_effort, ...known } = body
  const parameters = Object.entries({
    ...known,
    ...(reasoning_effort !== undefined && { extra_body: { reasoning_effort } }),
  })
    .map(([key, value]) => `    ${key}=${pythonValue(value, 1)},\n`)
    .join('')
  return `from openai import OpenAI

# OPENAI_API_KEY has the key of the server.
client = OpenAI(base_url=${JSON.stringify(baseURL)})
${hasFunctions ? callFunction : ''}
stream = client.beta.threads.create_and_run(
${parameters}    stream=True,
)
${hasFunctions ? showAndAnswer : show('')}print()
`
}

const callFunction = `

def call_function(name, arguments):
    """Your function. The arguments are JSON in a text, and so may be what it returns."""
    raise NotImplementedError(f"{name}({arguments})")

`

const show = (indent: string) =>
  `for event in stream:
    if event.event == "thread.message.delta":
        for part in event.data.delta.content or []:
            if part.type == "text":
                print(part.text.value or "", end="", flush=True)
    elif event.event == "thread.run.failed":
        print(event.data.last_error.message)
`.replaceAll(/^(?=.)/gm, indent)

const showAndAnswer = `while stream:
    waiting = None
${show('    ')}        elif event.event == "thread.run.requires_action":
            waiting = event.data
    stream = waiting and client.beta.threads.runs.submit_tool_outputs(
        waiting.id,
        thread_id=waiting.thread_id,
        tool_outputs=[
            {"tool_call_id": call.id, "output": call_function(call.function.name, call.function.arguments)}
            for call in waiting.required_action.submit_tool_outputs.tool_calls
        ],
        stream=True,
    )
`
