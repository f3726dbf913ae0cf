import { redactedNote, type ResponseCall } from './call-of-response.ts'

/** The response as a module with the official client for JavaScript. */
export const nodeProgramOfResponse = (call: ResponseCall): string => `import OpenAI from 'openai'

// OPENAI_API_KEY has the key of the server.
const client = new OpenAI({ baseURL: ${JSON.stringify(call.baseURL)} })
${call.hasFunctions ? callFunction : ''}
${redactedNote(call, '//')}${call.hasFunctions ? 'let' : 'const'} request = ${JSON.stringify({ ...call.body, stream: true }, null, 2)}
${call.hasFunctions ? showAndAnswer(call) : show(call)}console.log()
`

const callFunction = `
/** Your function. What a model gives it is a text, mostly JSON, and so is what it returns. */
function callFunction(name, given) {
  throw new Error(\`\${name}(\${given}) is not there yet\`)
}
`

const show = ({ asksPeople }: ResponseCall, more = '') =>
  `for await (const event of await client.responses.create(request)) {
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta)
${asksPeople ? showAsked : ''}${more}}
`

const showAsked = `  // What waits for somebody to look at it.
  if (event.type === 'response.output_item.done' && ['computer_call', 'mcp_approval_request'].includes(event.item.type))
    console.log(event.item)
`

const takeResponse = "  if (event.type === 'response.completed') response = event.response\n"

const showAndAnswer = (call: ResponseCall) => `while (request) {
  let response
${show(call, takeResponse).replaceAll(/^(?=.)/gm, '  ')}  const calls = (response?.output ?? []).filter(({ type }) => ['function_call', 'custom_tool_call'].includes(type))
  request = calls.length > 0 && {
    ...request,${call.body['conversation'] === undefined ? '\n    previous_response_id: response.id,' : ''}${demandsCall(call) ? "\n    tool_choice: 'auto'," : ''}
    input: calls.map((call) => ({
      type: \`\${call.type}_output\`,
      call_id: call.call_id,
      output: callFunction(call.name, call.arguments ?? call.input),
    })),
  }
}
`

/** Whether it has the model make a call, which it would have to do again when it has the output. */
export const demandsCall = ({ body: { tool_choice: choice } }: ResponseCall) =>
  choice !== undefined && choice !== 'none'
