import { useQueryClient } from '@tanstack/react-query'
import type { Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { putRun } from '../api/runs.ts'
import { AnswerForm } from './AnswerForm.tsx'
import { functionOf } from './call-schema.ts'

/** A form in which somebody answers the functions that a run calls, in the place of a program. */
export function AnswerCalls({ run }: { run: Run }) {
  const client = useClient()
  const queries = useQueryClient()
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  if (calls.length === 0) return undefined
  return (
    <AnswerForm
      calls={calls}
      definitionOf={(call) => functionOf(run, call)}
      until={run.expires_at}
      send={async ({ outputs }) => {
        const answered = await client.beta.threads.runs.submitToolOutputs(run.id, {
          thread_id: run.thread_id,
          tool_outputs: [...outputs].map(([tool_call_id, output]) => ({ tool_call_id, output })),
        })
        putRun(queries, answered as unknown as Run)
      }}
    />
  )
}
