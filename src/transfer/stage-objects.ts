import { ownType } from '../contract/tools.ts'
import { readObjects, standardInput, type WireObject } from './read-objects.ts'
import { isKind, type ReportBook } from './report.ts'
import { noteV1, withFileSearch, type ObjectsOfV1 } from './translate-v1.ts'
import type { StagedRecord, StagedRecords } from '../store/staged-records.ts'
import { toRecord } from './to-record.ts'

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
 * some years, and nothing here can run them. Also returns which objects have the form of the API's first version.
 */
export async function stageObjects(
  documents: string[],
  { staged, book, signal, onRead }: Staging,
): Promise<{ ownTools: string[]; ofV1: ObjectsOfV1 }> {
  const ownTools = new Set<string>()
  const ofV1: ObjectsOfV1 = { assistants: new Set(), threads: new Set() }
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
        // An export has no objects of the first version, but may have a tool of its server's own with the name `retrieval`.
        else noteV1(ofV1, value)
        const record = toRecord(inOrder ? value : withFileSearch(value, book), { listed, inOrder })
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
  return { ownTools: [...ownTools], ofV1 }
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
