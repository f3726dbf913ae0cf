import type { ItemPart, ItemRecord, NewItem, StoredItem } from '../contract/responses/items.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { readPage, type Page, type PageQuery } from './page.ts'

/**
 * Writes items as they are now, those that are new and those that were written before. With `runId` they are of this run, whose
 * number is not known yet.
 */
export function saveItems(tx: Transaction, items: readonly NewItem[], runId?: string): void {
  const number = runId === undefined ? '?' : '(select seq from runs where id = ?)'
  for (let start = 0; start < items.length; start += maxRows) {
    const rows = items.slice(start, start + maxRows)
    tx.send(
      `insert into items (id, project, run, part, output_index, body)
       values ${rows.map(() => `(?, ?, ${number}, ?, ?, ?)`).join(', ')}
       on conflict (run, id) do update set part = excluded.part, output_index = excluded.output_index,
         body = excluded.body`,
      ...rows.flatMap(({ id, project, run, part, output_index, body }) => [
        id,
        project,
        runId ?? run,
        part,
        output_index,
        JSON.stringify(body),
      ]),
    )
  }
}

/** How many rows one statement inserts. */
const maxRows = 32

/** The items of a run in these parts of it, in order. */
export async function itemsOfRun(
  db: Reader,
  run: number,
  parts: readonly ItemPart[] = ['input', 'output', 'withdrawn', 'hidden'],
): Promise<ItemRecord[]> {
  const wanted = inList(parts)
  const rows = await db.all<ItemRow>(
    `select * from items where run = ? and part in (${wanted.marks}) order by seq`,
    run,
    ...wanted.values,
  )
  return rows.map(record)
}

/** The output of each of these runs, by their numbers. A run without output is not among them. */
export async function outputOfRuns(db: Reader, runs: readonly number[]): Promise<Map<number, ItemRecord[]>> {
  const wanted = inList(runs)
  const rows = await db.all<ItemRow>(
    `select * from items where run in (${wanted.marks}) and part = 'output' order by run, seq`,
    ...wanted.values,
  )
  return Map.groupBy(rows.map(record), ({ run }) => run)
}

/** The input of a run, and those of its ids that an entry of a conversation has. */
export async function inputOfRun(
  db: Reader,
  run: number,
): Promise<{ input: StoredItem[]; taken: Set<string> }> {
  const rows = await db.all<{ body: string; message: string | null; entry: string | null }>(
    `select body, (select messages.id from messages where messages.id = items.id) as message,
       (select conversation_items.id from conversation_items where conversation_items.id = items.id) as entry
     from items where run = ? and part = 'input' order by seq`,
    run,
  )
  return {
    input: rows.map(({ body }) => JSON.parse(body) as StoredItem),
    taken: new Set(rows.flatMap(({ message, entry }) => message ?? entry ?? [])),
  }
}

/**
 * A run and those before it, by their numbers. The range of depths, in which all are, has PostgreSQL expect few runs: it looks up the
 * items of each by their index, and does not read all items, whatever it knows of the tables.
 */
const chain = `(with recursive chain (run, previous, depth) as (
    select seq, previous, 0 from runs where id = ? and project = ?
    union all
    select runs.seq, runs.previous, depth + 1 from runs join chain on runs.id = chain.previous
    where runs.project = ?
  ) select run from chain where depth between 0 and ${Number.MAX_SAFE_INTEGER})`

/** The input of a response, with that of the responses which it goes on with. */
export async function listInputItems(
  db: Reader,
  project: string,
  run: { id: string; seq: number },
  query: PageQuery,
): Promise<Page<ItemRecord>> {
  const where = {
    sql: `run in ${chain} and (part = 'input' or (part = 'output' and run <> ?))`,
    values: [run.id, project, project, run.seq],
    bytes: 'octet_length(body)',
  }
  const page = await readPage<ItemRow>(db, 'items', where, query)
  return { ...page, data: page.data.map(record) }
}

interface ItemRow extends Omit<ItemRecord, 'body'> {
  body: string
}

const record = (row: ItemRow): ItemRecord => ({ ...row, body: JSON.parse(row.body) })
