import { count } from '../../common/count.ts'
import type { OnProgress } from '../move/move-rows.ts'
import { listTables } from '../move/tables.ts'
import type { Session } from '../move/session.ts'
import type { OutdatedSegment } from '../text-index/outdated-terms.ts'
import { readBlocks } from '../text-index/postings.ts'
import { readEntries } from '../text-index/term-pages.ts'
import { insertSegment } from '../text-index/text-index.ts'
import type { CheckParts } from './open-check.ts'
import type { Checked, Problem } from './problem.ts'

/** Makes the terms of a segment again, out of the texts of its chunks. Returns false when it has changed meanwhile. */
export type RemakeSegment = (segment: OutdatedSegment) => Promise<boolean>

/** In how many chunks of a segment the index has other terms than their texts. */
export type CompareTexts = (segment: OutdatedSegment & { languages: string }) => Promise<number>

/** Of how many segments the texts are read again, unless all are asked for. */
const sampled = 20

/** How many chunks a segment gets that is made for chunks without one. */
const chunksOfSegment = 512

/**
 * Compares the text index of each vector store with its chunks: each chunk is in one segment, each segment can be read,
 * counts its chunks right, and has as many terms of each chunk as the chunk says. Of some, evenly spread, or of `all`, the texts
 * are analysed again and compared with what is in the index.
 */
export async function checkIndex(
  parts: CheckParts,
  { remake, compareTexts, all }: { remake: RemakeSegment; compareTexts: CompareTexts; all: boolean },
  onProgress: OnProgress,
): Promise<Checked> {
  const { snapshot } = parts
  const table = listTables().find(({ name }) => name === 'text_segments')
  const [[total] = []] = await snapshot.query('select count(*) from text_segments')
  const problems: Problem[] = []
  const every = all ? 1 : Math.max(1, Math.ceil(Number(total) / sampled))
  let [done, analysed] = [0, 0]
  for await (const rows of table ? snapshot.read(table) : []) {
    for (const row of rows) {
      const value = (name: string) => row[table?.columns.findIndex((column) => column.name === name) ?? -1]
      const segment = {
        id: Number(value('id')),
        vector_store_id: String(value('vector_store_id')),
        first_chunk: Number(value('first_chunk')),
        last_chunk: Number(value('last_chunk')),
        languages: String(value('languages')),
      }
      let problem = await compare(snapshot, segment, Number(value('alive')))
      if (problem === undefined && done % every === 0) {
        analysed++
        problem = differs(segment, await compareTexts(segment))
      }
      if (problem !== undefined)
        problems.push(ofStore(segment.vector_store_id, problem, () => remakeSoon(segment, remake)))
      onProgress(++done, Number(total))
    }
  }
  problems.push(...(await findUncovered(parts, remake)))
  const [[chunks] = []] = await snapshot.query('select count(*) from chunks')
  const seen =
    `${count(Number(total), 'segment')} of the index, with ${count(Number(chunks), 'chunk')}; ` +
    `the texts of ${count(analysed, 'segment')} were analysed again`
  return { what: 'Text index', seen, problems }
}

const differs = ({ first_chunk, last_chunk }: OutdatedSegment, chunks: number): string | undefined =>
  chunks === 0
    ? undefined
    : `has a text index with other words than ${count(chunks, 'chunk')} in the chunks ${first_chunk} to ${last_chunk}`

const ofStore = (id: string, problem: string, mend: () => Promise<string | undefined>): Problem => ({
  id,
  problem,
  mend,
  advice: 'run this again; else put its files into the store again',
})

async function remakeSoon(segment: OutdatedSegment, remake: RemakeSegment): Promise<string | undefined> {
  return (await remake(segment)) ? 'its terms were made again, out of the texts of its chunks' : undefined
}

/** Undefined when the segment fits its chunks. */
async function compare(
  snapshot: Session,
  { id, vector_store_id, first_chunk, last_chunk }: OutdatedSegment,
  alive: number,
): Promise<string | undefined> {
  const chunks = await snapshot.query(
    'select id, terms from chunks where vector_store_id = ? and id between ? and ?',
    vector_store_id,
    first_chunk,
    last_chunk,
  )
  const where = `in the chunks ${first_chunk} to ${last_chunk}`
  if (chunks.length !== alive)
    return `counts ${count(alive, 'chunk')} ${where} of its text index, and has ${chunks.length}`
  const found = await termsOf(snapshot, id)
  if (found === undefined) return `has a text index that cannot be read ${where}`
  const lacking = chunks.filter(([chunk, terms]) => (found.get(Number(chunk)) ?? 0) < Number(terms)).length
  return lacking === 0
    ? undefined
    : `has a text index that lacks words of ${count(lacking, 'chunk')} ${where}`
}

/** How many terms a segment has of each chunk. Undefined when it cannot be read. */
async function termsOf(snapshot: Session, segment: number): Promise<Map<number, number> | undefined> {
  const found = new Map<number, number>()
  const pages = await snapshot.query('select entries from text_pages where segment = ?', segment)
  try {
    for (const [entries] of pages)
      readEntries(entries as Uint8Array, (_term, postings) =>
        readBlocks(postings, (chunk, times) => found.set(chunk, (found.get(chunk) ?? 0) + times)),
      )
  } catch {
    return undefined
  }
  return found
}

/** Chunks that no segment has are found by no word. */
async function findUncovered({ snapshot, db }: CheckParts, remake: RemakeSegment): Promise<Problem[]> {
  const stores = await snapshot.query(
    `select vector_store_id, count(*) from chunks where ${uncovered} group by 1`,
  )
  return stores.map(([store, chunks]) => {
    const vector_store_id = String(store)
    async function mend() {
      const segments = await db.all<{ first_chunk: number }>(
        'select first_chunk from text_segments where vector_store_id = ? order by first_chunk',
        vector_store_id,
      )
      const rows = await db.all<{ id: number }>(
        `select id from chunks where vector_store_id = ? and ${uncovered} order by id`,
        vector_store_id,
      )
      // A new segment must not reach over another one.
      const gaps = Map.groupBy(rows, ({ id }) => segments.find((segment) => segment.first_chunk > id))
      for (const gap of gaps.values())
        for (let at = 0; at < gap.length; at += chunksOfSegment)
          await cover(
            vector_store_id,
            gap.slice(at, at + chunksOfSegment).map(({ id }) => id),
          )
      return 'a text index was made for them'
    }
    return ofStore(
      vector_store_id,
      `has ${count(Number(chunks), 'chunk')} that its text index does not have`,
      mend,
    )
  })

  async function cover(store: string, ids: number[]): Promise<void> {
    const range = { first_chunk: ids.at(0) ?? 0, last_chunk: ids.at(-1) ?? 0 }
    const counts = { chunks: ids.length, alive: ids.length, languages: '[]' }
    const id = await db.write(async (tx) => {
      await tx.lock('search_versions', store)
      return insertSegment(tx, store, { ...range, ...counts })
    })
    await remake({ id, vector_store_id: store, ...range })
  }
}

const uncovered = `not exists (select 1 from text_segments as own
  where own.vector_store_id = chunks.vector_store_id and chunks.id between own.first_chunk and own.last_chunk)`
