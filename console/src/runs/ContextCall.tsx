import { Anchor, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { stepsQuery, type ContextPart, type Run, type ToolCall } from '../api/runs.ts'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'
import { CallDetails } from '../parts/calls/CallView.tsx'
import { Gone } from './Gone.tsx'
import { Passage } from '../parts/calls/Passages.tsx'

type CallPart = Extract<ContextPart, { type: 'tool_call' | 'tool_result' }>

interface Props {
  part: CallPart
  run: Run
}

/** A call that the model was shown again, or what it was told of it. */
export function ContextCall({ part, run }: Props) {
  if (part.run_id === null) return <Gone what="step" />
  return <KnownCall part={part} run={part.run_id === run.id ? run : earlierRun(part.run_id, run)} />
}

/** A run that came before is over. */
const earlierRun = (id: string, { thread_id }: Run) => ({ id, thread_id, status: 'completed' }) as const

function KnownCall({ part, run }: { part: CallPart; run: Pick<Run, 'id' | 'thread_id' | 'status'> }) {
  const { data, error } = useQuery(stepsQuery(useClient(), run))
  if (error) return <Failure error={error} />
  if (!data) return <Skeleton height={8} width="40%" my={10} />
  const call = data
    .flatMap(({ step_details: details }) => (details.type === 'tool_calls' ? details.tool_calls : []))
    .find(({ id }) => id === part.call_id)
  if (!call) return <Gone what="step" />
  return (
    <>
      {part.type === 'tool_result' && part.passages && call.type === 'file_search' ? (
        <SentPassages passages={part.passages} call={call} />
      ) : (
        <CallDetails call={call} />
      )}
      <Anchor component={Link} to={`~/runs/${run.id}?step=${call.id}`} fz="xs">
        Open the step
      </Anchor>
    </>
  )
}

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
