import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { stepsQuery, type Run, type RunSpan, type RunStep } from '../api/runs.ts'
import { messageQuery } from '../api/thread.ts'
import classes from '../parts/calls/Calls.module.css'
import { CallsOfStep } from '../parts/calls/CallsOfStep.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Fold } from '../parts/Fold.tsx'
import { MessageContent } from '../parts/MessageContent.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'

interface Props {
  run: Run
  /** The timeline, for how long each call took. */
  spans?: RunSpan[] | undefined
  /** The call or message that is open from the beginning. */
  opened?: string | null | undefined
}

/** What a run did, in order: each call of a tool opens to what went in and what came out. */
export function Steps({ run, spans, opened }: Props) {
  const { data: steps, error, refetch } = useQuery(stepsQuery(useClient(), run))
  if (error && !steps) return <Failure error={error} onRetry={() => void refetch()} />
  if (!steps) return <Skeleton height={8} width="40%" my={10} />
  if (steps.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        No steps: the model has not written anything yet, or never did.
      </Text>
    )
  return (
    <div className={classes.calls}>
      {steps.map((step) =>
        step.step_details.type === 'tool_calls' ? (
          <CallsOfStep key={step.id} step={step} spans={spans} opened={opened} />
        ) : (
          <MessageStep key={step.id} step={step} messageId={step.step_details.message_creation.message_id} />
        ),
      )}
    </div>
  )
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
