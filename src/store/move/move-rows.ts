import { withoutNul } from '../postgres/postgres.ts'
import { RowSum } from './row-sum.ts'
import { columnList, inTransaction, type Session } from './session.ts'
import { listTables, numberOf, type Row, type Table } from './tables.ts'

export type OnProgress = (done: number, total: number) => void

/** What was moved of a table. */
export interface MovedTable {
  name: string
  rows: number
  /** Of all rows, in whatever order. In hexadecimal. */
  hash: string
}

export interface MovedRows {
  tables: MovedTable[]
  /** Texts in which U+FFFD stands for characters that PostgreSQL does not store. */
  nulReplaced: number
  /** Rows that an earlier try had moved. */
  found: number
  /** The source had changed since an earlier try, so that its rows were moved again. */
  begunAgain: boolean
}

/** The rows that an earlier try has written are others now. */
class SourceChanged extends Error {
  override name = 'SourceChanged'
}

/** Moves the rows of all tables. Goes on where an earlier try has ended. */
export async function moveRows(
  source: Session,
  target: Session,
  onProgress: OnProgress = () => {},
): Promise<MovedRows> {
  try {
    return { ...(await moveAll(source, target, onProgress)), begunAgain: false }
  } catch (error) {
    if (!(error instanceof SourceChanged)) throw error
    await clearTarget(target)
    return { ...(await moveAll(source, target, onProgress)), begunAgain: true }
  }
}

/** Removes what earlier tries have written. */
export async function clearTarget(target: Session): Promise<void> {
  // This comes first, so that nobody takes an emptied table for one that is full.
  await target.query('delete from move_progress')
  await target.clear(listTables())
}

async function moveAll(source: Session, target: Session, onProgress: OnProgress) {
  const tables = listTables()
  const total = await countRows(source, tables)
  const moved: MovedTable[] = []
  const all = { done: 0, nulReplaced: 0, found: 0 }
  onProgress(0, total)
  for (const table of tables) {
    const { rows, hash } = await moveTable(
      { source, target, table },
      (batch, wasThere) => {
        all.done += batch
        if (wasThere) all.found += batch
        onProgress(all.done, total)
      },
      () => void all.nulReplaced++,
    )
    moved.push({ name: table.name, rows, hash })
    if (numberOf(table) === undefined) continue
    await target.continueAfter(table, await source.highestNumber(table))
  }
  return { tables: moved, nulReplaced: all.nulReplaced, found: all.found }
}

async function countRows(source: Session, tables: Table[]): Promise<number> {
  let total = 0
  for (const { name } of tables) {
    const [[rows] = []] = await source.query(`select count(*) from ${name}`)
    total += Number(rows)
  }
  return total
}

interface TableMove {
  source: Session
  target: Session
  table: Table
}

/** Rows that are there already are only read again, because they have to be those that were moved. */
async function moveTable(
  { source, target, table }: TableMove,
  onBatch: (rows: number, wasThere: boolean) => void,
  onNul: () => void,
): Promise<RowSum> {
  const [[there = 0, hash = ''] = []] = await target.query(
    'select moved_rows, hash from move_progress where table_name = ?',
    table.name,
  )
  const sum = new RowSum()
  const clean = (row: Row) => (target.kind === 'postgres' ? cleanRow(row, onNul) : row)
  for await (const batch of source.read(table)) {
    const known = batch.slice(0, Math.max(0, Number(there) - sum.rows))
    const added = batch.slice(known.length).map(clean)
    for (const row of known) sum.add(clean(row))
    if (known.length > 0) {
      if (sum.rows === there && sum.hash !== hash) throw new SourceChanged()
      onBatch(known.length, true)
    }
    if (added.length === 0) continue
    for (const row of added) sum.add(row)
    await inTransaction(target, async () => {
      await target.insert(table, added)
      await target.query('delete from move_progress where table_name = ?', table.name)
      await target.query(
        `insert into move_progress (${columnList(['table_name', 'moved_rows', 'hash'])}) values (?, ?, ?)`,
        table.name,
        sum.rows,
        sum.hash,
      )
    })
    onBatch(added.length, false)
  }
  if (sum.rows < Number(there)) throw new SourceChanged()
  return sum
}

function cleanRow(row: Row, onNul: () => void): Row {
  return row.map((value) => {
    if (typeof value !== 'string' || !value.includes('\0')) return value
    onNul()
    return withoutNul(value)
  })
}

/** Reads everything in the target again. Throws, and has the next try begin anew, when it is not what was moved. */
export async function checkRows(target: Session, moved: MovedTable[], onProgress: OnProgress): Promise<void> {
  const total = moved.reduce((sum, { rows }) => sum + rows, 0)
  let done = 0
  onProgress(0, total)
  const wrong: string[] = []
  for (const table of listTables()) {
    const expected = moved.find(({ name }) => name === table.name)
    const sum = new RowSum()
    for await (const batch of target.read(table)) {
      for (const row of batch) sum.add(row)
      onProgress((done += batch.length), total)
    }
    if (sum.rows === expected?.rows && sum.hash === expected.hash) continue
    wrong.push(`${table.name} (${sum.rows} rows for ${expected?.rows ?? 0})`)
  }
  if (wrong.length === 0) return
  await clearTarget(target)
  throw new Error(
    `what was read again is not what was written, in ${wrong.join(', ')}: the target cannot be used; run the same move again, ` +
      'which begins anew, and look at what else writes there',
  )
}
