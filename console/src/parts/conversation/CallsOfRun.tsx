import { useQuery } from '@tanstack/react-query'
import { useClient } from '../../api/client.ts'
import { stepsQuery } from '../../api/runs.ts'
import type { RunStep } from '../../../../src/contract/run-steps.ts'
import { ToolCallView } from './ToolCallView.tsx'

interface Props {
  threadId: string
  runId: string
  /** The message before which the calls were made. Null: those after the last message. */
  before: string | null
}

/** The tool calls that a run made before one of its messages, or after its last. */
export function CallsOfRun({ threadId, runId, before }: Props) {
  const { data = [] } = useQuery(stepsQuery(useClient(), threadId, runId))
  return callsBefore(data, before).map(({ step, call }) => (
    <ToolCallView key={call.id} call={call} step={step} />
  ))
}

function callsBefore(steps: readonly RunStep[], messageId: string | null) {
  const messageOf = ({ step_details }: RunStep) =>
    step_details.type === 'message_creation' ? step_details.message_creation.message_id : undefined
  const end = messageId === null ? steps.length : steps.findIndex((step) => messageOf(step) === messageId)
  const begin = steps.slice(0, Math.max(0, end)).findLastIndex((step) => messageOf(step) !== undefined) + 1
  return steps
    .slice(begin, Math.max(0, end))
    .flatMap((step) =>
      step.step_details.type === 'tool_calls'
        ? step.step_details.tool_calls.map((call) => ({ step, call }))
        : [],
    )
}
