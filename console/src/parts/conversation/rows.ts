import type { Message } from '../../../../src/contract/messages.ts'
import type { Run } from '../../../../src/contract/runs.ts'
import { isOver } from '../../api/runs.ts'
import { textWithAnnotations } from '../annotations.ts'
import { markdownBlocks } from '../markdown-blocks.ts'

/** A line of a conversation that is rendered, and measured, by itself. */
export type Row =
  | {
      kind: 'message'
      key: string
      message: Message
      /** The piece of its text, as Markdown, that this row shows. Undefined for content that is no text. */
      text?: string
      /** The position of the content that this row shows, unless the message is empty. */
      content?: number
      isFirst: boolean
      isLast: boolean
    }
  /** The tool calls of a run before the message, or those after its last one. */
  | { kind: 'calls'; key: string; runId: string; before: string | null }
  | { kind: 'run'; key: string; run: Run }
  /** After an answer that broke off, and that its run has begun anew. */
  | { kind: 'broken'; key: string }

/** The rows of messages, given from the oldest to the newest, and of runs in any order. */
export function rowsOf(messages: readonly Message[], runs: readonly Run[]): Row[] {
  const oldest = messages[0]?.created_at ?? 0
  const lastOfRun = new Map<string, string>()
  for (const { id, run_id } of messages) if (run_id) lastOfRun.set(run_id, id)
  const byId = new Map(runs.map((run) => [run.id, run]))
  /** Runs that have said nothing, the oldest first: they come before what was said later. */
  const silent = runs
    .filter(({ id, created_at }) => !lastOfRun.has(id) && created_at >= oldest)
    .toSorted((one, other) => one.created_at - other.created_at)

  const rows: Row[] = []
  const endRun = (runId: string, run: Run | undefined) => {
    rows.push({ kind: 'calls', key: `after-${runId}`, runId, before: null })
    if (run && run.status !== 'completed') rows.push({ kind: 'run', key: runId, run })
  }
  for (const message of messages) {
    while (silent[0] && silent[0].created_at < message.created_at) {
      const run = silent.shift()!
      endRun(run.id, run)
    }
    const runId = message.run_id
    if (runId) rows.push({ kind: 'calls', key: `before-${message.id}`, runId, before: message.id })
    rows.push(...rowsOfMessage(message))
    if (!runId) continue
    const run = byId.get(runId)
    const isLast = lastOfRun.get(runId) === message.id
    if (message.status === 'incomplete' && (!isLast || (run && !isOver(run))))
      rows.push({ kind: 'broken', key: `broken-${message.id}` })
    if (isLast) endRun(runId, run)
  }
  for (const run of silent) endRun(run.id, run)
  return rows
}

const known = new WeakMap<Message, Row[]>()

function rowsOfMessage(message: Message): Row[] {
  const before = known.get(message)
  if (before) return before
  const contents = message.content.flatMap((part, content) =>
    part.type === 'text'
      ? markdownBlocks(textWithAnnotations(part.text.value, part.text.annotations)).map((text) => ({
          content,
          text,
        }))
      : [{ content }],
  )
  const shown: { content?: number; text?: string }[] = contents.length > 0 ? contents : [{}]
  const rows = shown.map((part, index): Row => ({
    kind: 'message',
    key: `${message.id}-${index}`,
    message,
    ...part,
    isFirst: index === 0,
    isLast: index === shown.length - 1,
  }))
  known.set(message, rows)
  return rows
}
