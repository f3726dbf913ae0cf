import type { Message } from '../../../src/contract/messages.ts'
import { baseURL } from '../api/client.ts'
import type { Run } from '../api/runs.ts'
import type { RunCall } from './run-call.ts'

/** The call that asks the same again in a new thread, with what differs from the defaults of the API. */
export function callOfRun(run: Run, asked: Message | undefined): RunCall {
  const body: Record<string, unknown> = {
    assistant_id: run.assistant_id,
    thread: { messages: [asked ? messageOf(asked) : { role: 'user', content: 'Hello' }] },
    model: run.model,
  }
  if (run.instructions) body['instructions'] = run.instructions
  if (run.tools.length > 0) body['tools'] = run.tools
  if (run.temperature !== 1) body['temperature'] = run.temperature
  if (run.top_p !== 1) body['top_p'] = run.top_p
  if (run.reasoning_effort) body['reasoning_effort'] = run.reasoning_effort
  if (run.response_format !== 'auto') body['response_format'] = run.response_format
  if (run.tool_choice !== 'auto') body['tool_choice'] = run.tool_choice
  if (!run.parallel_tool_calls) body['parallel_tool_calls'] = false
  if (run.max_prompt_tokens !== null) body['max_prompt_tokens'] = run.max_prompt_tokens
  if (run.max_completion_tokens !== null) body['max_completion_tokens'] = run.max_completion_tokens
  if (run.truncation_strategy.type !== 'auto') body['truncation_strategy'] = run.truncation_strategy
  if (Object.keys(run.metadata).length > 0) body['metadata'] = run.metadata
  return { baseURL, body, hasFunctions: run.tools.some(({ type }) => type === 'function') }
}

/** As a request gives it: texts are texts there. */
function messageOf({ content, attachments }: Message): Record<string, unknown> {
  const parts = content.map((part) => (part.type === 'text' ? { type: 'text', text: part.text.value } : part))
  const [only] = parts
  const isText = parts.length === 1 && only?.type === 'text'
  return {
    role: 'user',
    content: isText ? (only as { text: string }).text : parts,
    ...(attachments.length > 0 && { attachments }),
  }
}
