import { VisuallyHidden } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Run } from '../../../../src/contract/runs.ts'
import { useClient } from '../../api/client.ts'
import { messagesQuery } from '../../api/messages.ts'
import { isOver, threadRunsQuery } from '../../api/runs.ts'
import type { Message } from '../../api/thread.ts'
import { textOf } from '../message-text.ts'
import { whatWentWrong } from '../what-went-wrong.ts'

/** As much of an answer as is read out by itself. The whole is in the conversation. */
const longest = 1_500

/**
 * Says to a screen reader how the newest run of a thread goes: that it answers, and the answer when it is whole. Each
 * word as it streams in would be more than anybody can listen to.
 */
export function Announcer({ threadId }: { threadId: string }) {
  const client = useClient()
  const { data: runs } = useQuery(threadRunsQuery(client, threadId))
  const { data: messages } = useInfiniteQuery(messagesQuery(client, threadId))
  const [run] = runs ?? []
  return (
    <VisuallyHidden component="output" aria-label="What the run does">
      {run && inWords(run, messages?.pages[0]?.data ?? [])}
    </VisuallyHidden>
  )
}

function inWords(run: Run, newest: readonly Message[]): string {
  if (run.status === 'requires_action') return 'The run waits for you to answer its functions.'
  if (!isOver(run)) return 'The assistant is answering.'
  const wrong = whatWentWrong(run)
  if (wrong) return `${wrong.title}. ${wrong.message}`
  if (run.status === 'cancelled') return 'The run was stopped.'
  const answer = newest.find(({ run_id }) => run_id === run.id)
  const text = answer ? textOf(answer) : ''
  return `Answer: ${text.length > longest ? `${text.slice(0, longest)}…` : text}`
}
