import type { Database, Transaction } from '../store/database.ts'
import type { StagedRecords } from '../store/staged-records.ts'
import { stateOfId, type TableWithIds } from '../store/taken-ids.ts'
import { NotTaken, refuseNul, type NoteLeftOut } from './parse-imported.ts'
import type { WireObject } from './read-objects.ts'
import type { Kind, ReportBook } from './report.ts'

/** What an import works with. */
export interface Importing {
  db: Database
  staged: StagedRecords
  book: ReportBook
  /** Types of tools besides those of the API which the server had that wrote the objects. */
  ownTools: readonly string[]
  /** Nothing is written. */
  dryRun: boolean
  /** Looked at between transactions. */
  signal: AbortSignal
  /** Called for so many objects more of which it is known what became of them. */
  settled: (objects: number) => void
  /** Unix seconds. */
  now: number
  /** Ids of files and stores that are here afterwards; in a trial that would be. */
  arrived: Set<string>
  /** Files and stores that objects name, with the object that names them first. */
  named: Map<string, { object: Kind; id: string }>
}

/** One kind of objects. `parse` throws NotTaken where an object is none that can be here. */
export interface ImportedKind<Row extends { id: string }> {
  kind: Kind
  table: TableWithIds
  parse(value: WireObject, leftOut: NoteLeftOut): Row
  insert(tx: Transaction, row: Row): Promise<void>
  /** Files and stores that it names. */
  names?: (row: Row) => string[]
}

/** The most that is written in one transaction: a server beside this waits for its end. */
const maxRows = 500
const maxCharacters = 4_000_000
/** Named things are kept in memory to be looked for at the end; nobody misses more than these. */
const maxNamed = 100_000

/** Brings the objects of one kind and owner that are not here yet; what is here stays as it is. */
export async function importKind<Row extends { id: string }>(
  importing: Importing,
  of: ImportedKind<Row>,
  owner = '',
): Promise<void> {
  for (const rows of batches(importing, of, owner)) {
    if (importing.dryRun) {
      for (const row of rows) settle(importing, of, row, await stateOfId(importing.db, of.table, row.id))
      continue
    }
    const states = await importing.db.write((tx) => insertFree(tx, of, rows), 'committed')
    for (const [index, row] of rows.entries()) settle(importing, of, row, states[index] ?? 'taken')
  }
}

type State = Awaited<ReturnType<typeof stateOfId>>

/** What the ids of the rows were before. */
export async function insertFree<Row extends { id: string }>(
  tx: Transaction,
  { table, insert }: Pick<ImportedKind<Row>, 'table' | 'insert'>,
  rows: Iterable<Row>,
): Promise<State[]> {
  const states: State[] = []
  for (const row of rows) {
    const state = await stateOfId(tx, table, row.id)
    if (state === 'free') await insert(tx, row)
    states.push(state)
  }
  return states
}

/** Counts what became of a row. */
export function settle<Row extends { id: string }>(
  { book, named }: Importing,
  { kind, names }: ImportedKind<Row>,
  row: Row,
  state: State,
): void {
  book.count(kind, state === 'free' ? 'imported' : state === 'taken' ? 'unchanged' : 'deleted')
  if (state === 'deleted') return
  for (const id of names?.(row) ?? [])
    if (named.size < maxNamed && !named.has(id)) named.set(id, { object: kind, id: row.id })
}

/** The rows of staged objects, in order; those that are not taken are told of. */
export function* batches<Row extends { id: string }>(
  { staged, book, signal, settled }: Importing,
  { kind, parse }: Pick<ImportedKind<Row>, 'kind' | 'parse'>,
  owner: string,
): Generator<Row[], void> {
  let rows: Row[] = []
  let characters = 0
  for (const body of staged.read(kind, owner)) {
    const value = JSON.parse(body) as WireObject
    try {
      refuseNul(body)
      rows.push(parse(value, (field, reason) => book.leftOut({ object: kind, field, reason, id: value.id })))
    } catch (error) {
      // What is nested deeper than the stack is.
      if (!(error instanceof NotTaken || error instanceof RangeError)) throw error
      book.notTaken(kind, value.id, error instanceof NotTaken ? error.message : 'it is nested too deep')
      continue
    }
    characters += body.length
    if (rows.length < maxRows && characters < maxCharacters) continue
    signal.throwIfAborted()
    yield rows
    settled(rows.length)
    rows = []
    characters = 0
  }
  if (rows.length > 0) yield rows
  settled(rows.length)
}
