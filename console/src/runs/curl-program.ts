import type { RunCall } from './run-call.ts'

/** The run as a command, which reads what may be longer than an argument. Its events come as they are written. */
export function curlProgram({ baseURL, body, hasFunctions }: RunCall): string {
  const json = JSON.stringify({ ...body, stream: true }, null, 2)
  return `# OPENAI_API_KEY has the key of the server.
curl --no-buffer '${baseURL}/threads/runs' \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'OpenAI-Beta: assistants=v2' \\
  -d @- <<'JSON'
${json}
JSON
${hasFunctions ? answer(baseURL) : ''}`
}

/** The ids are in the event before. */
const answer = (baseURL: string) => `
# After thread.run.requires_action, with its ids:
# curl --no-buffer '${baseURL}/threads/thread_…/runs/run_…/submit_tool_outputs' \\
#   -H "Authorization: Bearer $OPENAI_API_KEY" \\
#   -H 'Content-Type: application/json' \\
#   -H 'OpenAI-Beta: assistants=v2' \\
#   -d '{ "stream": true, "tool_outputs": [{ "tool_call_id": "call_…", "output": "…" }] }'
`
