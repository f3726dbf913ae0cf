import type { RunCall } from './run-call.ts'

/** The run as a module with the official client for JavaScript. */
export const nodeProgram = ({ baseURL, body, hasFunctions }: RunCall): string =>
  `import OpenAI from 'openai'

// OPENAI_API_KEY has the key of the server.
const client = new OpenAI({ baseURL: ${JSON.stringify(baseURL)} })
${hasFunctions ? callFunction : ''}
${hasFunctions ? 'let' : 'const'} stream = await client.beta.threads.createAndRun(${JSON.stringify({ ...body, stream: true }, null, 2)})
${hasFunctions ? showAndAnswer : show('')}console.log()
`

const callFunction = `
/** Your function. The arguments are JSON in a text, and so may be what it returns. */
function callFunction(name, args) {
  throw new Error(\`\${name}(\${args}) is not there yet\`)
}
`

const show = (indent: string, more = '') =>
  `for await (const { event, data } of stream) {
  if (event === 'thread.message.delta')
    for (const part of data.delta.content ?? []) process.stdout.write(part.text?.value ?? '')
  if (event === 'thread.run.failed') console.error(data.last_error.message)
${more}}
`.replaceAll(/^(?=.)/gm, indent)

const showAndAnswer = `while (stream) {
  let waiting
${show('  ', "  if (event === 'thread.run.requires_action') waiting = data\n")}  stream =
    waiting &&
    (await client.beta.threads.runs.submitToolOutputs(waiting.id, {
      thread_id: waiting.thread_id,
      tool_outputs: waiting.required_action.submit_tool_outputs.tool_calls.map((call) => ({
        tool_call_id: call.id,
        output: callFunction(call.function.name, call.function.arguments),
      })),
      stream: true,
    }))
}
`
