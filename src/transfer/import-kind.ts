import type { Database, Transaction } from '../store/database.ts'
import type { StagedRecords } from '../store/staged-records.ts'
import { stateOfId, type TableWithIds } from '../store/taken-ids.ts'
import { NotTaken, refuseNul, type NoteLeftOut } from './parse-imported.ts'
import type { WireObject } from './read-objects.ts'
import type { Kind, ReportBook } from './report.ts'

/** The state that all parts of an import share. */
export interface Importing {
  db: Database
  staged: StagedRecords
  book: ReportBook
  /** Types of tools that the API does not have, but the server that wrote the export had. */
  ownTools: readonly string[]
  /** Whether nothing is written. */
  dryRun: boolean
  /** Checked between transactions. */
  signal: AbortSignal
  /** Called when the outcome of so many more objects is known. */
  settled: (objects: number) => void
  /** Unix seconds. */
  now: number
  /** Ids of files and vector stores that exist after the import. In a dry run: that would exist. */
  arrived: Set<string>
  /** Ids of files and vector stores that objects refer to, each with the first object that does. */
  named: Map<string, { object: Kind; id: string }>
}

/** One kind of objects. `parse` throws NotTaken for an object that cannot be imported. */
export interface ImportedKind<Row extends { id: string }> {
  kind: Kind
  table: TableWithIds
  parse(value: WireObject, leftOut: NoteLeftOut): Row
  insert(tx: Transaction, row: Row): Promise<void> | void
  /** The ids of files and vector stores that the row refers to. */
  names?: (row: Row) => string[]
}

/** The maximum number of rows in one transaction. A server on the same database waits until the transaction ends. */
const maxRows = 500
const maxCharacters = 4_000_000
/** References are kept in memory and checked at the end. Beyond this number, they are not checked. */
const maxNamed = 100_000

/** Imports those objects of one kind and owner that do not exist yet. Existing objects are not changed. */
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

/** Inserts the rows whose ids are free. Returns the state that each id had before. */
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

/** Counts the outcome of a row, and notes its references. */
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

/** Reads the rows of staged objects in order, in batches. Objects that cannot be imported are reported. */
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
      // A RangeError means that the value is nested deeper than the stack allows.
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
