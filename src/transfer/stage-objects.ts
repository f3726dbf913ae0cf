import { ownType } from '../contract/tools.ts'
import { readObjects, standardInput, type WireObject } from './read-objects.ts'
import { isKind, kinds, type ReportBook } from './report.ts'
import type { StagedRecord, StagedRecords } from '../store/staged-records.ts'

/**
 * The `object` of the first line that `threadmill export` writes. After it, objects are in the order of their creation.
 */
export const exportMark = 'threadmill.export'

const batch = 500

interface Staging {
  staged: StagedRecords
  book: ReportBook
  signal: AbortSignal
  /** Called with the number of objects read so far. */
  onRead: (objects: number) => void
}

/**
 * Reads documents and stages the objects in them, whatever their order. Returns the types of tools that the API does
 * not have, but the server that wrote an export had. For other input there are none: the original had other types in
 * some years, and nothing here can run them.
 */
export async function stageObjects(
  documents: string[],
  { staged, book, signal, onRead }: Staging,
): Promise<string[]> {
  const ownTools = new Set<string>()
  let records: StagedRecord[] = []
  const flush = () => {
    for (const { kind, id } of staged.add(records)) book.conflict(kind, id)
    records = []
  }
  let seen = 0
  for (const document of documents) {
    const source = document === standardInput ? 'standard input' : document
    let inOrder = false
    for await (const found of readObjects(document)) {
      if ('reason' in found) {
        book.unreadable({ source, ...found })
        continue
      }
      if ('passedOver' in found) {
        book.passedOver(source, found.passedOver)
        continue
      }
      const { value, listed } = found
      if (value.object === exportMark) inOrder = true
      else if (isKind(value.object)) {
        if (inOrder) for (const type of ownToolsOf(value)) ownTools.add(type)
        const record = toRecord(value, { listed, inOrder })
        if (record) records.push(record)
        else
          book.unreadable({
            source,
            reason: `has an object that is nested too deep: ${value.object} ${value.id.slice(0, 200)}`,
          })
      } else ignore(book, value.object)
      if (records.length >= batch) flush()
      if (++seen % batch > 0) continue
      signal.throwIfAborted()
      onRead(seen)
    }
  }
  flush()
  onRead(seen)
  for (const [kind, name] of Object.entries(kinds)) book.report.objects[name].found = staged.count(kind)
  return [...ownTools]
}

/** Entries whose type is not a string are refused later, when the object is parsed. */
const ownToolsOf = ({ tools }: WireObject): string[] =>
  (Array.isArray(tools) ? tools : []).flatMap((entry: { type?: unknown } | null) => {
    const type = ownType.safeParse(entry?.type)
    return type.success ? [type.data] : []
  })

/** The names come from the input, so their number is limited to what a person can read. */
function ignore({ report: { ignored } }: ReportBook, object: string): void {
  const name = object.slice(0, 100)
  const key = Object.hasOwn(ignored, name) || Object.keys(ignored).length < 50 ? name : 'others'
  ignored[key] = (ignored[key] ?? 0) + 1
}

const ownerFields: Record<string, string> = {
  'vector_store.file': 'vector_store_id',
  'thread.message': 'thread_id',
  'thread.run': 'thread_id',
  'thread.run.step': 'run_id',
}

/** Whether the object can no longer change. Some answers of the original have no status for messages. */
function isOver({ object, status }: WireObject): boolean {
  const open = ['queued', 'in_progress', 'requires_action', 'cancelling']
  const passes = ['thread.run', 'thread.run.step', 'thread.message'].includes(object)
  return !(passes && open.includes(status as string))
}

/** Returns undefined if the object is nested too deep to be read here. */
function toRecord(
  value: WireObject,
  { listed, inOrder }: { listed: boolean; inOrder: boolean },
): StagedRecord | undefined {
  let body
  try {
    body = JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
  const owner = value[ownerFields[value.object] ?? '']
  const createdAt = value['created_at']
  return {
    kind: value.object,
    id: value.id,
    owner: typeof owner === 'string' ? owner : '',
    createdAt: typeof createdAt === 'number' && Number.isSafeInteger(createdAt) ? createdAt : 0,
    inOrder,
    listed,
    over: isOver(value),
    body,
  }
}
