import { Text } from '@mantine/core'
import type { RunSpan, RunStep, ToolCall } from '../../api/runs.ts'
import { duration } from '../quantities.ts'
import { StateLabel } from '../StateLabel.tsx'
import { CallView } from './CallView.tsx'
import { pythonProblem } from './python-problem.ts'

interface Props {
  step: RunStep
  /** The timeline, for how long each call took. */
  spans?: RunSpan[] | undefined
  /** The call that is open from the beginning. */
  opened?: string | null | undefined
  /** Whether what came out of a call is in sight, and a program while it is written. */
  showsResult?: boolean
}

/** The calls of tools that a step made at once. Nothing for a step that wrote a message. */
export function CallsOfStep({ step, spans, opened, showsResult = false }: Props) {
  const { step_details: details, status } = step
  if (details.type !== 'tool_calls') return undefined
  return (
    <>
      {details.tool_calls.map((call) => {
        // A program is shown while it is written; the arguments of a function are in its line.
        const isProgram = showsResult && call.type === 'code_interpreter'
        const problem = call.type === 'code_interpreter' ? pythonProblem(call) : undefined
        return (
          <CallView
            // A call that goes wrong while one looks at it opens.
            key={`${call.id} ${problem}`}
            call={call}
            showsResult={showsResult}
            opened={opened === call.id || problem !== undefined || (isProgram && status === 'in_progress')}
            aside={
              <>
                {problem && <StateLabel status="failed" words={problem} />}{' '}
                <Aside step={step} call={call} spans={spans} />
              </>
            }
          />
        )
      })}
      {step.last_error && (
        <Text fz="sm" c="var(--state-failed)" pl={27}>
          {step.last_error.message}
        </Text>
      )}
    </>
  )
}

interface AsideProps {
  step: RunStep
  call: ToolCall
  spans: RunSpan[] | undefined
}

/** How the call stands, or how long it took. */
function Aside({ step, call, spans }: AsideProps) {
  if (step.status === 'in_progress' && call.type === 'function')
    return <StateLabel status="requires_action" />
  if (step.status !== 'completed') return <StateLabel status={step.status} />
  const span = spans?.find((one) => one.type === 'tool_call' && one.call_id === call.id)
  if (span?.ended_at) return duration(span.ended_at - span.started_at)
  // Steps have whole seconds only.
  const seconds = (step.completed_at ?? step.created_at) - step.created_at
  return seconds >= 1 ? duration(seconds) : undefined
}
