import { Badge } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import type { ContextPart, Run } from '../api/runs.ts'
import { messageQuery } from '../api/thread.ts'
import { Fold } from '../parts/Fold.tsx'
import { count } from '../parts/quantities.ts'
import { groupOf } from './context-groups.ts'
import { ContextPartContent } from './ContextPartContent.tsx'
import { partInWords } from './part-in-words.ts'
import classes from './Context.module.css'

interface Props {
  part: ContextPart
  run: Run
  /** How much of the whole prompt it is, from 0 to 1. */
  share: number
  /** Whether the turn before was not sent it. */
  isNew: boolean
}

/** One part of a prompt in a line, which opens to what it refers to. */
export function ContextPartView({ part, run, share, isNew }: Props) {
  return (
    <Fold
      summary={
        <>
          <span className={classes.swatch} data-group={groupOf(part)} aria-hidden />
          <span className={classes.partName}>{partInWords(part, run.id)}</span>
          {isNew && (
            <Badge size="xs" variant="light" radius="sm" mr={8} tt="none">
              new
            </Badge>
          )}
          {part.type === 'message' && part.message_id && (
            <Beginning threadId={run.thread_id} messageId={part.message_id} />
          )}
        </>
      }
      aside={
        <span className={classes.weight}>
          <span className={classes.weightTrack} aria-hidden>
            <span style={{ width: `${share * 100}%` }} data-group={groupOf(part)} />
          </span>
          <span className={classes.number}>{part.tokens === null ? 'not sent' : count(part.tokens)}</span>
        </span>
      }
    >
      <ContextPartContent part={part} run={run} />
    </Fold>
  )
}

/** The beginning of a message's text. */
function Beginning({ threadId, messageId }: { threadId: string; messageId: string }) {
  const { data } = useQuery(messageQuery(useClient(), threadId, messageId))
  const text = data?.content.find((part) => part.type === 'text')
  return <span className={classes.dimmed}>{text?.text.value.slice(0, 160)}</span>
}
