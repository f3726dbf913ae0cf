import type { RunRecord, StoredRun } from '../contract/runs.ts'
import type { ObservedRun, RunEnding } from '../telemetry/observer.ts'

/** What whoever observes the server is told of a run. */
export const observedRun = (run: RunRecord): ObservedRun => ({
  id: run.id,
  project: run.project,
  thread: run.thread_id,
  assistant: run.request.assistant_id,
  provider: run.provider,
  model: run.request.model,
  created_at: run.created_at,
  trace: run.state.trace,
  settings: {
    temperature: run.request.temperature,
    top_p: run.request.top_p,
    max_tokens: run.request.max_completion_tokens,
    output_type:
      run.request.response_format === 'auto' || run.request.response_format.type === 'text' ? 'text' : 'json',
  },
})

/** The same of its end. */
export const runEnding = ({ status, state }: StoredRun): RunEnding => ({
  status,
  usage: state.usage,
  error: state.last_error?.code,
})
