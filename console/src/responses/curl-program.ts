import { redactedNote, type ResponseCall } from './call-of-response.ts'

/** The response as a command, which reads what may be longer than an argument. Its events come as they are written. */
export function curlProgramOfResponse(call: ResponseCall): string {
  const { baseURL, body, hasFunctions } = call
  const json = JSON.stringify({ ...body, stream: true }, null, 2)
  return `# OPENAI_API_KEY has the key of the server.
${redactedNote(call, '#')}curl --no-buffer '${baseURL}/responses' \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d @- <<'JSON'
${json}
JSON
${hasFunctions ? answer(body) : ''}`
}

/** The ids are in the event before. */
const answer = ({ conversation }: ResponseCall['body']) => `
# After response.completed with calls, the same again with this in the place of "input":
${conversation === undefined ? '#   "previous_response_id": "resp_…",\n' : ''}#   "input": [{ "type": "function_call_output", "call_id": "call_…", "output": "…" }]
`
