import { ActionIcon, CopyButton, Group, Text } from '@mantine/core'
import { CardStackPlusIcon, CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { memo } from 'react'
import { useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import type { Run } from '../api/run.ts'
import type { Message } from '../api/thread.ts'
import { copyThread } from '../api/threads.ts'
import { useAssistantName } from '../parts/AssistantName.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { MessageContent } from '../parts/MessageContent.tsx'
import { Time } from '../parts/Time.tsx'
import { Steps } from '../runs/Steps.tsx'
import classes from './Conversation.module.css'
import { RunLine } from './RunLine.tsx'

interface Props {
  message: Message
  run: Run | undefined
  previous: string | undefined
  ends: boolean
  isFound: boolean
}

/** A message, with what its run did before it. It is drawn again only when one of them changes, not while one scrolls. */
export const MessageEntry = memo(function MessageEntry({ message, run, previous, ends, isFound }: Props) {
  return (
    <article className={classes.entry} data-found={isFound || undefined} aria-label={`Message ${message.id}`}>
      <div className={classes.author}>
        {message.role === 'user' ? 'User' : <Author assistantId={message.assistant_id} />}
        <Text fz="xs" c="dimmed" fw={400}>
          <Time at={message.created_at} />
        </Text>
      </div>
      <div className={classes.body}>
        {run && message.role === 'assistant' && run.tools.length > 0 && (
          <Steps run={run} after={previous} before={message.id} />
        )}
        <MessageContent message={message} />
        {message.status === 'incomplete' && (
          <Text fz="xs" c="var(--state-failed)">
            Incomplete: {(message.incomplete_details?.reason ?? 'it broke off').replaceAll('_', ' ')}
          </Text>
        )}
        <Group gap="sm" className={classes.foot}>
          {ends && run && <RunLine run={run} />}
          <Identifier id={message.id} />
          <MessageActions message={message} />
        </Group>
      </div>
    </article>
  )
})

const Author = ({ assistantId }: { assistantId: string | null }) =>
  assistantId === null ? 'Assistant' : <AssistantTitle id={assistantId} />
const AssistantTitle = ({ id }: { id: string }) => <>{useAssistantName(id)}</>

/** Plain titles, because hundreds of these come into sight while one scrolls. */
function MessageActions({ message }: { message: Message }) {
  const client = useClient()
  const [, navigate] = useLocation()
  const copying = useMutation({
    mutationFn: () => copyThread(client, message.thread_id, { through: message.id }),
    onSuccess: ({ id }) => navigate(`~/playground/${id}`),
  })
  return (
    <>
      <CopyButton value={textOf(message)}>
        {({ copied, copy }) => (
          <ActionIcon size={22} aria-label="Copy the text" title="Copy the text" onClick={copy}>
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        )}
      </CopyButton>
      <ActionIcon
        size={22}
        aria-label="Go on from here in a copy of the thread"
        title="Go on from here in a copy of the thread"
        loading={copying.isPending}
        onClick={() => copying.mutate()}
      >
        <CardStackPlusIcon />
      </ActionIcon>
      {copying.error && <Failure error={copying.error} />}
    </>
  )
}

const textOf = ({ content }: Message) =>
  content.flatMap((part) => (part.type === 'text' ? [part.text.value] : [])).join('\n\n')
