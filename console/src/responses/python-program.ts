import { pythonValue } from '../parts/python-value.ts'
import { redactedNote, type ResponseCall } from './call-of-response.ts'
import { demandsCall } from './node-program.ts'

/** The response as a program with the official client for Python. */
export const pythonProgramOfResponse = (call: ResponseCall): string => `from openai import OpenAI

# OPENAI_API_KEY has the key of the server.
client = OpenAI(base_url=${JSON.stringify(call.baseURL)})
${call.hasFunctions ? callFunction : ''}
${redactedNote(call, '#')}request = ${pythonValue({ ...call.body, stream: true })}
${call.hasFunctions ? showAndAnswer(call) : show(call)}print()
`

const callFunction = `

def call_function(name, given):
    """Your function. What a model gives it is a text, mostly JSON, and so is what it returns."""
    raise NotImplementedError(f"{name}({given})")

`

const show = ({ asksPeople }: ResponseCall, more = '') =>
  `for event in client.responses.create(**request):
    if event.type == "response.output_text.delta":
        print(event.delta, end="", flush=True)
${asksPeople ? showAsked : ''}${more}`

const showAsked = `    # What waits for somebody to look at it.
    elif event.type == "response.output_item.done" and event.item.type in ("computer_call", "mcp_approval_request"):
        print(event.item)
`

const takeCalls = `    elif event.type == "response.completed":
        response = event.response
        calls = [item for item in response.output if item.type in ("function_call", "custom_tool_call")]
`

const showAndAnswer = (call: ResponseCall) => `while True:
    calls = []
${show(call, takeCalls).replaceAll(/^(?=.)/gm, '    ')}    if not calls:
        break
${call.body['conversation'] === undefined ? '    request["previous_response_id"] = response.id\n' : ''}${demandsCall(call) ? '    request["tool_choice"] = "auto"\n' : ''}    request["input"] = [
        {
            "type": f"{call.type}_output",
            "call_id": call.call_id,
            "output": call_function(call.name, call.arguments if call.type == "function_call" else call.input),
        }
        for call in calls
    ]
`
