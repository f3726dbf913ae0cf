import type { ResponseRecord } from '../contract/responses/response.ts'
import type { ObservedRun } from '../telemetry/observer.ts'

/** What whoever observes the server is told of a response. */
export const observedResponse = ({ request, state, ...run }: ResponseRecord): ObservedRun => ({
  id: run.id,
  project: run.project,
  thread: run.thread_id ?? undefined,
  assistant: undefined,
  provider: run.provider,
  model: request.model,
  created_at: run.created_at,
  trace: state.trace,
  settings: {
    temperature: request.temperature,
    top_p: request.top_p,
    max_tokens: request.max_output_tokens,
    output_type: request.text.format.type === 'text' ? 'text' : 'json',
  },
})
