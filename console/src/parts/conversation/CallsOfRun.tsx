import { useQuery } from '@tanstack/react-query'
import type { RunStep } from '../../../../src/contract/run-steps.ts'
import { useClient } from '../../api/client.ts'
import { stepsQuery, type RunOfThread } from '../../api/runs.ts'
import { CallsOfStep } from '../calls/CallsOfStep.tsx'

interface Props {
  run: RunOfThread
  /** The message before which the calls were made. Null: those after the last message. */
  before: string | null
}

/** The tool calls that a run made before one of its messages, or after its last. */
export function CallsOfRun({ run, before }: Props) {
  const { data = [] } = useQuery(stepsQuery(useClient(), run))
  return stepsBefore(data, before).map((step) => <CallsOfStep key={step.id} step={step} showsResult />)
}

function stepsBefore(steps: readonly RunStep[], messageId: string | null): readonly RunStep[] {
  const messageOf = ({ step_details }: RunStep) =>
    step_details.type === 'message_creation' ? step_details.message_creation.message_id : undefined
  const end = messageId === null ? steps.length : steps.findIndex((step) => messageOf(step) === messageId)
  const before = steps.slice(0, Math.max(0, end))
  return before.slice(before.findLastIndex((step) => messageOf(step) !== undefined) + 1)
}
