import { memo, type ReactNode } from 'react'
import type { Message } from '../../../../src/contract/messages.ts'
import type { Run } from '../../../../src/contract/runs.ts'
import { CallsOfRun } from './CallsOfRun.tsx'
import { Head } from './Head.tsx'
import { MessageRow } from './MessageRow.tsx'
import { BrokenOff, RunEnd } from './RunEnd.tsx'
import type { Row } from './rows.ts'

export interface RowProps {
  /** What is done with a message besides copying. The same function as long as it does the same. */
  actions?: ((message: Message) => ReactNode) | undefined
  /** What is shown of a run that waits for the caller's functions, where it can be answered. */
  required?: ((run: Run) => ReactNode) | undefined
  /** The message that is pointed out. */
  found?: string | null | undefined
}

/** A row of a conversation. It is drawn again only when something of it has changed: not while one scrolls. */
export const ConversationRow = memo(function ConversationRow({
  row,
  actions,
  required,
  found,
}: RowProps & { row: Row }) {
  switch (row.kind) {
    case 'calls':
      return <CallsOfRun run={row.run} before={row.before} />
    case 'broken':
      return <BrokenOff />
    case 'message':
      return <MessageRow row={row} actions={actions} isFound={row.message.id === found} />
    case 'silent':
      return (
        <article aria-label={`Run without a message: ${row.run.status}`}>
          <Head assistantId={row.run.assistant_id} at={row.run.created_at} />
        </article>
      )
    case 'run':
      return (row.run.status === 'requires_action' && required?.(row.run)) || <RunEnd run={row.run} />
  }
}, isSame)

/** Rows are made anew when any message comes; what they show of the same run may be the same. */
function isSame(one: RowProps & { row: Row }, other: RowProps & { row: Row }): boolean {
  if (one.actions !== other.actions || one.required !== other.required || one.found !== other.found)
    return false
  const [a, b] = [one.row, other.row]
  if (a.kind === 'calls' && b.kind === 'calls')
    return a.run.id === b.run.id && a.run.status === b.run.status && a.before === b.before
  if (a.kind === 'run' && b.kind === 'run') return a.run === b.run
  if (a.kind === 'silent' && b.kind === 'silent') return a.run === b.run
  return a === b
}
