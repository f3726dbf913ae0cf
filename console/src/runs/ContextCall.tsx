import { Anchor, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { stepsQuery, type ContextPart, type Run, type ToolCall } from '../api/runs.ts'
import { messageQuery } from '../api/thread.ts'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'
import { CallDetails } from '../parts/calls/CallView.tsx'
import { Gone } from './Gone.tsx'
import { Passage } from '../parts/calls/Passages.tsx'

type CallPart = Extract<ContextPart, { type: 'tool_call' | 'tool_result' }>

interface Props {
  part: CallPart
  run: Run
  following: ContextPart | undefined
}

/** A call that the model was shown again, or what it was told of it. */
export function ContextCall({ part, run, following }: Props) {
  const client = useClient()
  const own = useQuery(stepsQuery(client, run))
  const isOwn = own.data?.some(({ id }) => id === part.step_id)
  // A call of an earlier run is before the message that this run wrote then.
  const messageId = following?.type === 'message' ? following.message_id : null
  const message = useQuery({
    ...messageQuery(client, run.thread_id, messageId ?? ''),
    enabled: own.data !== undefined && !isOwn && messageId !== null,
  })
  const earlierId = message.data?.run_id
  const earlier = useQuery({
    ...stepsQuery(client, { id: earlierId ?? '', thread_id: run.thread_id, status: 'completed' }),
    enabled: Boolean(earlierId),
  })
  const error = own.error ?? message.error ?? earlier.error
  if (error) return <Failure error={error} />
  if (!own.data || message.isLoading || earlier.isLoading) return <Skeleton height={8} width="40%" my={10} />
  const steps = isOwn ? own.data : (earlier.data ?? [])
  const call = steps
    .flatMap(({ step_details: details }) => (details.type === 'tool_calls' ? details.tool_calls : []))
    .find(({ id }) => id === part.call_id)
  if (!call) return part.step_id === null ? <Gone what="step" /> : <Elsewhere />
  return (
    <>
      {part.type === 'tool_result' && part.passages && call.type === 'file_search' ? (
        <SentPassages passages={part.passages} call={call} />
      ) : (
        <CallDetails call={call} />
      )}
      {!isOwn && earlierId && (
        <Anchor component={Link} to={`~/runs/${earlierId}?step=${call.id}`} fz="xs">
          Open the earlier run
        </Anchor>
      )}
    </>
  )
}

const Elsewhere = () => (
  <Text fz="sm" c="dimmed">
    A call of an earlier run of this thread.
  </Text>
)

/** The passages that fitted into the prompt, each with its tokens. */
function SentPassages({
  passages,
  call,
}: {
  passages: NonNullable<Extract<CallPart, { type: 'tool_result' }>['passages']>
  call: Extract<ToolCall, { type: 'file_search' }>
}) {
  const { results } = call.file_search
  const notSent = results.length - passages.length
  return (
    <>
      {passages.map(({ result, tokens }) => {
        const found = results[result]
        return found && <Passage key={result} result={found} tokens={tokens} />
      })}
      {notSent > 0 && (
        <Text fz="xs" c="dimmed">
          {count(notSent)} more {notSent === 1 ? 'was' : 'were'} found and not sent by themselves: they had no
          room, or are part of a passage above.
        </Text>
      )}
    </>
  )
}
