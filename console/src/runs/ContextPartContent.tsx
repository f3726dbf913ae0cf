import { Anchor, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import type { ContextPart, Run } from '../api/runs.ts'
import { messageQuery } from '../api/thread.ts'
import { Failure } from '../parts/Failure.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { MessageContent } from '../parts/MessageContent.tsx'
import { conversationOf } from '../parts/conversation-ids.ts'
import { count } from '../parts/quantities.ts'
import classes from './Context.module.css'
import { ContextCall } from './ContextCall.tsx'
import { Gone } from './Gone.tsx'

interface Props {
  part: ContextPart
  run: Run
}

/** What a part refers to, read from where it is kept. */
export function ContextPartContent({ part, run }: Props) {
  switch (part.type) {
    case 'instructions':
      return <pre className={classes.text}>{run.instructions}</pre>
    case 'tools':
      return <ToolDefinitions part={part} run={run} />
    case 'response_format':
    case 'repeated_request':
      return <JsonView value={run.response_format} />
    case 'message':
      return part.message_id === null ? (
        <Gone what="message" />
      ) : (
        <MessageOfPart threadId={run.thread_id} messageId={part.message_id} />
      )
    case 'items':
      return (
        <Text fz="sm">
          What responses have called and were told between the messages.{' '}
          <Anchor component={Link} to={`~/conversations/${conversationOf(run.thread_id)}`} inherit>
            Open as a conversation
          </Anchor>
        </Text>
      )
    case 'dropped_messages':
      return <Dropped part={part} threadId={run.thread_id} />
    case 'tool_call':
    case 'tool_result':
      return <ContextCall part={part} run={run} />
    case 'server_instructions':
      return (
        <Note>
          The server writes this for the model, so that it can use what was asked for. It is the same each
          time.
        </Note>
      )
    case 'reasoning':
      return (
        <Note>What the model thought before its calls is sent back to it. The API does not show it.</Note>
      )
    case 'continuation':
      return <Note>The answer had come to the end of what the provider allows at once.</Note>
  }
}

const Note = ({ children }: { children: string }) => (
  <Text fz="sm" c="dimmed" maw="76ch">
    {children}
  </Text>
)

function MessageOfPart({ threadId, messageId }: { threadId: string; messageId: string }) {
  const { data, error, refetch } = useQuery(messageQuery(useClient(), threadId, messageId))
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton height={8} width="40%" my={10} />
  return (
    <>
      <MessageContent message={data} />
      <Anchor component={Link} to={`~/threads/${threadId}?message=${messageId}`} fz="xs">
        Open in the thread
      </Anchor>
    </>
  )
}

function Dropped({
  part: { first_id, last_id },
  threadId,
}: {
  part: Extract<ContextPart, { type: 'dropped_messages' }>
  threadId: string
}) {
  const to = (id: string) => `~/threads/${threadId}?message=${id}`
  return (
    <Text fz="sm">
      The model has not seen them.{' '}
      {first_id && (
        <Anchor component={Link} to={to(first_id)} inherit>
          The first of them
        </Anchor>
      )}
      {last_id && last_id !== first_id && (
        <>
          {' · '}
          <Anchor component={Link} to={to(last_id)} inherit>
            The last of them
          </Anchor>
        </>
      )}
    </Text>
  )
}

function ToolDefinitions({ part, run }: { part: Extract<ContextPart, { type: 'tools' }>; run: Run }) {
  const functions = run.tools.filter((tool) => tool.type === 'function')
  return (
    <>
      <ul className={classes.toolList}>
        {part.tools.map(({ name, tokens }) => (
          <li key={name}>
            <code>{name}</code> <span className={classes.dimmed}>{count(tokens)} tokens</span>
          </li>
        ))}
      </ul>
      {functions.length > 0 && <JsonView value={functions} />}
    </>
  )
}
