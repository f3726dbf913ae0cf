import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { stepsQuery, type Run, type RunSpan, type RunStep, type ToolCall } from '../api/run.ts'
import { messageQuery } from '../api/thread.ts'
import { Failure } from '../parts/Failure.tsx'
import { Fold } from '../parts/Fold.tsx'
import { MessageContent } from '../parts/MessageContent.tsx'
import { duration } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import classes from './Calls.module.css'
import { CallView } from './CallView.tsx'
import { pythonProblem } from './python-problem.ts'

interface Props {
  run: Pick<Run, 'id' | 'thread_id' | 'status'>
  /** Only the calls between these two messages of the run. */
  after?: string | undefined
  before?: string | undefined
  /** Shows the messages too, which are elsewhere in a conversation. */
  withMessages?: boolean
  /** The timeline, for how long each call took. */
  spans?: RunSpan[] | undefined
  /** The call or message that is open from the beginning. */
  opened?: string | null | undefined
}

/** What a run did, in order: each call of a tool opens to what went in and what came out. */
export function Steps({ run, after, before, withMessages = false, spans, opened }: Props) {
  const { data, error, refetch } = useQuery(stepsQuery(useClient(), run))
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return withMessages ? <Skeleton height={8} width="40%" my={10} /> : undefined
  const steps = between(data, after, before)
  if (steps.length === 0 && withMessages)
    return (
      <Text fz="sm" c="dimmed">
        No steps: the model has not written anything yet, or never did.
      </Text>
    )
  return (
    <div className={classes.calls}>
      {steps.map((step) =>
        step.step_details.type === 'tool_calls' ? (
          <Calls key={step.id} step={step} spans={spans} opened={opened} />
        ) : (
          withMessages && (
            <MessageStep
              key={step.id}
              step={step}
              messageId={step.step_details.message_creation.message_id}
            />
          )
        ),
      )}
    </div>
  )
}

function Calls({ step, spans, opened }: { step: RunStep } & Pick<Props, 'spans' | 'opened'>) {
  const details = step.step_details
  if (details.type !== 'tool_calls') return undefined
  return (
    <>
      {details.tool_calls.map((call) => {
        const problem = call.type === 'code_interpreter' ? pythonProblem(call) : undefined
        return (
          <CallView
            // A call that goes wrong while one looks at it opens.
            key={`${call.id} ${problem}`}
            call={call}
            opened={opened === call.id || problem !== undefined}
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

function MessageStep({ step, messageId }: { step: RunStep; messageId: string }) {
  const { data, error } = useQuery({
    ...messageQuery(useClient(), step.thread_id, messageId),
    refetchInterval: step.status === 'in_progress' ? 1_000 : false,
  })
  return (
    <Fold
      opened
      summary={<span className={classes.tool}>Message</span>}
      aside={step.status === 'completed' ? undefined : <StateLabel status={step.status} />}
    >
      {error && <Failure error={error} />}
      {data && <MessageContent message={data} />}
    </Fold>
  )
}

/** The steps after one message and before another one. */
function between(steps: RunStep[], after: string | undefined, before: string | undefined): RunStep[] {
  const at = (message: string) =>
    steps.findIndex(
      ({ step_details: details }) =>
        details.type === 'message_creation' && details.message_creation.message_id === message,
    )
  const from = after === undefined ? 0 : at(after) + 1
  const to = before === undefined ? -1 : at(before)
  return steps.slice(from, to === -1 ? undefined : to)
}
