import { DatabaseSync } from 'node:sqlite'
import { count } from '../../common/count.ts'
import { hasContent, type BlobStore } from '../blobs/blobs.ts'
import { contentsOf, countContents, hashOf, type Content } from '../move/move-contents.ts'
import type { OnProgress } from '../move/move-rows.ts'
import { minAgeMs, withRow } from '../chores/orphans.ts'
import type { CheckParts } from './open-check.ts'
import type { Checked, Problem } from './problem.ts'

/**
 * Compares the contents that the database knows with those that are stored: none is missing, each has its size and, where
 * they are `read`, its SHA-256, and nothing else is stored. What comes or goes meanwhile is looked at a second time.
 */
export async function checkContents(
  parts: CheckParts,
  { read }: { read: boolean },
  onProgress: OnProgress,
): Promise<Checked> {
  const { snapshot, blobs } = parts
  using stored = await listStored(blobs)
  const total = await countContents(snapshot)
  const suspicious: { content: Content; problem: string }[] = []
  let done = 0
  for await (const content of contentsOf(snapshot)) {
    const problem = await compare(content, { stored, blobs, read })
    if (problem !== undefined) suspicious.push({ content, problem })
    onProgress(++done, total)
  }
  const known = await withRow(
    parts.db,
    suspicious.map(({ content }) => content.id),
  )
  const problems: Problem[] = []
  for (const { content, problem } of suspicious) {
    const isStill = known.has(content.id) && (problem !== missing || !(await hasContent(blobs, content.id)))
    if (isStill) problems.push(ofFile(content, problem, blobs))
  }
  const strays = await findStrays(parts, stored)
  const marked =
    strays.marked > 0 ? `; ${count(strays.marked, 'content')} set aside, removed after a day` : ''
  const how = read ? 'each read' : 'by their sizes'
  return {
    what: 'Contents',
    seen: `${count(total, 'content')} of files in ${blobs.place}, ${how}${marked}`,
    problems: [...problems, ...strays.problems],
  }
}

const missing = 'has no content'

/** The stored contents, in a temporary database: there may be more than have room in memory. */
interface Stored extends Disposable {
  /** The size of a content, which is known to a row from now on. Undefined when it is not stored. */
  take(id: string): number | undefined
  /** What was not taken, and is older than a moment. */
  others(): Iterable<{ id: string; bytes: number }>
}

async function listStored(blobs: BlobStore): Promise<Stored> {
  const table = new DatabaseSync('')
  table.exec(
    'create table stored (id text primary key, bytes integer, at integer, known integer default 0) without rowid; begin',
  )
  const insert = table.prepare(
    'insert into stored (id, bytes, at) values (?, ?, ?) on conflict (id) do nothing',
  )
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await blobs.page(after)
    for (const { id, bytes, at } of page.found) insert.run(id, bytes, Math.floor(at))
    after = page.next
  }
  table.exec('commit')
  const take = table.prepare('update stored set known = 1 where id = ? returning bytes')
  const others = table.prepare('select id, bytes from stored where known = 0 and at < ?')
  return {
    take: (id) => take.get(id)?.['bytes'] as number | undefined,
    others: () => others.iterate(Date.now() - minAgeMs) as unknown as Iterable<{ id: string; bytes: number }>,
    [Symbol.dispose]: () => table.close(),
  }
}

interface Comparing {
  stored: Stored
  blobs: BlobStore
  read: boolean
}

async function compare(
  { id, bytes, sha256 }: Content,
  { stored, blobs, read }: Comparing,
): Promise<string | undefined> {
  const size = stored.take(id)
  if (size === undefined) return missing
  if (size !== bytes) return `has a content of ${size} bytes, where ${bytes} were stored`
  if (!read || sha256 === undefined) return undefined
  const found = await hashOf(blobs, id)
  return found && found.sha256 !== sha256
    ? 'has a content with another SHA-256 than what was stored'
    : undefined
}

const ofFile = (content: Content, problem: string, blobs: BlobStore): Problem => ({
  id: content.id,
  problem,
  ...(problem === missing && { mend: () => takeBack(content, blobs) }),
  advice: 'take its content from a backup, where it has the same name below files/, or delete the file',
})

/** A content that was set aside, beside another database for example, is what the row names where its hash is. */
async function takeBack({ id, bytes, sha256 }: Content, blobs: BlobStore): Promise<string | undefined> {
  if (!(await blobs.takeBack(id))) return undefined
  const found = await hashOf(blobs, id)
  const isRight = found?.bytes === bytes && (sha256 === undefined || found.sha256 === sha256)
  if (isRight) return 'its content had been set aside, and was taken back'
  await blobs.setAside(id)
  return undefined
}

async function findStrays({ db, blobs }: CheckParts, stored: Stored) {
  const problems: Problem[] = []
  let marked = 0
  for (const found of inGroups(stored.others())) {
    const known = await withRow(
      db,
      found.map(({ id }) => id),
    )
    for (const { id, bytes } of found) {
      if (known.has(id) || !(await hasContent(blobs, id))) continue
      if (await blobs.isSetAside(id)) marked++
      else
        problems.push({
          id,
          problem: `(${bytes} bytes) is stored, and no file has it`,
          async mend() {
            if ((await withRow(db, [id])).has(id)) return 'a file has it now'
            await blobs.setAside(id)
            return 'set aside; the server removes it after a day'
          },
          advice: 'a server sets it aside within a day, and removes it a day later',
        })
    }
  }
  return { problems, marked }
}

function* inGroups<T>(all: Iterable<T>, size = 256): Generator<T[]> {
  let group: T[] = []
  for (const one of all) {
    group.push(one)
    if (group.length < size) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
