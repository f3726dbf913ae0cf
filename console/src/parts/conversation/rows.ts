import type { Message } from '../../../../src/contract/messages.ts'
import type { Run } from '../../../../src/contract/runs.ts'
import { isOver, type RunOfThread } from '../../api/runs.ts'
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
      /** See `estimateHeight`. */
      height: number
    }
  /** The tool calls of a run before the message, or those after its last one. */
  | { kind: 'calls'; key: string; run: RunOfThread; before: string | null }
  /** Who answers in a run that has written no message. */
  | { kind: 'silent'; key: string; run: Run }
  /** How a run stands, or how it ended. */
  | { kind: 'run'; key: string; run: Run }
  /** After an answer that broke off, and that its run has begun anew. */
  | { kind: 'broken'; key: string }

interface Given {
  /** From the oldest to the newest. */
  messages: readonly Message[]
  /** In any order. */
  runs: readonly Run[]
  /** Whether older messages are not there yet. Runs that have written none are shown between those that are. */
  hasOlder?: boolean
  /** The newest message comes first, each with its own rows in the order in which they are read. */
  newestFirst?: boolean
}

/** The rows of a conversation: its messages, and what its runs did between them. */
export function rowsOf({ messages, runs, hasOlder = false, newestFirst = false }: Given): Row[] {
  const oldest = hasOlder ? (messages[0]?.created_at ?? 0) : 0
  const lastOfRun = new Map<string, string>()
  for (const { id, run_id } of messages) if (run_id) lastOfRun.set(run_id, id)
  const byId = new Map(runs.map((run) => [run.id, run]))
  /** Runs that have said nothing, the oldest first: they come before what was said later. */
  const silent = [...byId.values()]
    .filter(({ id, created_at }) => !lastOfRun.has(id) && created_at >= oldest)
    .toSorted((one, other) => one.created_at - other.created_at)

  const groups: Row[][] = []
  for (const message of messages) {
    while (silent[0] && silent[0].created_at < message.created_at) groups.push(rowsOfSilent(silent.shift()!))
    const run = message.run_id ? byId.get(message.run_id) : undefined
    groups.push(rowsAround(message, run, lastOfRun.get(message.run_id ?? '') === message.id))
  }
  for (const run of silent) groups.push(rowsOfSilent(run))
  return (newestFirst ? groups.toReversed() : groups).flat()
}

const rowsOfSilent = (run: Run): Row[] => [
  { kind: 'silent', key: `silent-${run.id}`, run },
  ...rowsOfEnd(run, run),
]

/** A message, with what its run did before it, and after it if it is the last one of its run. */
function rowsAround(message: Message, run: Run | undefined, isLast: boolean): Row[] {
  const { id, run_id, thread_id, status } = message
  if (run_id === null) return rowsOfMessage(message)
  // Those that are not known are older than all that are.
  const known = run ?? { id: run_id, thread_id, status: 'completed' as const }
  const rows = [...rowsOfCalls(known, run, id), ...rowsOfMessage(message)]
  if (status === 'incomplete' && (!isLast || (run && !isOver(run))))
    rows.push({ kind: 'broken', key: `broken-${id}` })
  return isLast ? [...rows, ...rowsOfEnd(known, run)] : rows
}

const rowsOfEnd = (known: RunOfThread, run: Run | undefined): Row[] => [
  ...rowsOfCalls(known, run, null),
  ...(run ? [{ kind: 'run' as const, key: run.id, run }] : []),
]

/** Nothing is asked for a run that had no tools. */
const rowsOfCalls = (known: RunOfThread, run: Run | undefined, before: string | null): Row[] =>
  run?.tools.length === 0
    ? []
    : [
        {
          kind: 'calls',
          key: before === null ? `after-${known.id}` : `before-${before}`,
          run: known,
          before,
        },
      ]

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
    height: heightOf(part.text) + (index === 0 ? 36 : 0) + (index === shown.length - 1 ? 8 : 0),
  }))
  known.set(message, rows)
  return rows
}

/** How high a row is, in pixels, more or less, until it has been seen. */
export function estimateHeight(row: Row): number {
  if (row.kind === 'calls') return 0
  return row.kind === 'message' ? row.height : 36
}

/** Of a text in lines of about 90 characters. Undefined is a picture. */
function heightOf(text: string | undefined): number {
  if (text === undefined) return 220
  let height = 0
  for (const line of text.split('\n')) height += line === '' ? 8 : Math.ceil(line.length / 90) * 22
  return height
}
