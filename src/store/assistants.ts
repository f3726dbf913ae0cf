import { LRUCache } from 'lru-cache'
import type { AssistantRecord } from '../contract/assistants.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { Reader, Transaction } from './database.ts'
import { withExistingFiles } from './existing-files.ts'
import { assistantMetadata, hasMetadata, insertMetadata, replaceMetadata } from './metadata.ts'
import { readChosenPage, type Choose, type Page, type PageQuery } from './page.ts'
import { addTombstone } from './tombstones.ts'

export async function insertAssistant(
  tx: Transaction,
  assistant: Omit<AssistantRecord, 'seq'>,
): Promise<void> {
  await tx.run(
    'insert into assistants (id, project, body) values (?, ?, ?)',
    assistant.id,
    assistant.project,
    JSON.stringify(assistant.body),
  )
  insertMetadata(tx, assistantMetadata, assistant)
}

export async function getAssistant(
  db: Reader,
  project: string,
  id: string,
): Promise<AssistantRecord | undefined> {
  const row = await db.get<AssistantRow>('select * from assistants where id = ? and project = ?', id, project)
  return row && withExistingFiles(db, record(row))
}

/** An assistant as it was read, and the text of its row, by which a later statement knows whether it is still the same. */
export interface RecentAssistant {
  readonly assistant: AssistantRecord
  readonly text: string
}

/** The text is sent along where it is compared. A longer one is read each time instead. */
const maxRecentLength = 4_000
const recent = new LRUCache<string, RecentAssistant>({ max: 1_000 })
const keyOf = (project: string, id: string) => `${project} ${id}`

/**
 * The assistant as `readAssistant` has read it last in this process. It may have been changed or deleted since, so whoever uses it has to check
 * `isUnchanged` in the same transaction.
 */
export const recentAssistant = (project: string, id: string): RecentAssistant | undefined =>
  recent.get(keyOf(project, id))

/** Reads an assistant, and remembers it unless it is long or has files or stores, which can go without a change of its row. */
export async function readAssistant(
  db: Reader,
  project: string,
  id: string,
): Promise<AssistantRecord | undefined> {
  const key = keyOf(project, id)
  const row = await db.get<AssistantRow>('select * from assistants where id = ? and project = ?', id, project)
  recent.delete(key)
  if (!row) return undefined
  const read = record(row)
  const assistant = await withExistingFiles(db, read)
  if (assistant === read && row.body.length <= maxRecentLength) recent.set(key, { assistant, text: row.body })
  return assistant
}

/** What is remembered of an assistant that this process has changed would be in vain. */
const forget = (tx: Transaction, { project, id }: Pick<AssistantRecord, 'project' | 'id'>) =>
  tx.afterCommit(() => recent.delete(keyOf(project, id)))

/** A condition that holds while the assistant is as it was read. */
export const unchangedAssistant = ({ assistant, text }: RecentAssistant) => ({
  sql: 'exists (select 1 from assistants where id = ? and project = ? and body = ?)',
  values: [assistant.id, assistant.project, text],
})

export async function isUnchanged(db: Reader, { assistant, text }: RecentAssistant): Promise<boolean> {
  const found = await db.get(
    'select 1 from assistants where id = ? and project = ? and body = ?',
    assistant.id,
    assistant.project,
    text,
  )
  return found !== undefined
}

/** Lists the assistants whose metadata contains every given pair, and that `choose` chooses. */
export async function listAssistants(
  db: Reader,
  project: string,
  query: PageQuery & { metadata: Metadata },
  choose?: Choose<AssistantRecord>,
): Promise<Page<AssistantRecord>> {
  const pairs = hasMetadata(assistantMetadata, query.metadata)
  const where = {
    sql: `project = ?${pairs.sql}`,
    values: [project, ...pairs.values],
    bytes: 'octet_length(body)',
  }
  const within = { sql: 'project = ?', values: [project], deletedFrom: { project, list: 'assistants' } }
  const page = await readChosenPage<AssistantRow, AssistantRecord>(db, 'assistants', where, query, {
    within,
    show: record,
    choose,
  })
  const data: AssistantRecord[] = []
  for (const assistant of page.data) data.push(await withExistingFiles(db, assistant))
  return { ...page, data }
}

export async function updateAssistant(tx: Transaction, assistant: AssistantRecord): Promise<void> {
  await tx.run(
    'update assistants set body = ? where id = ? and project = ?',
    JSON.stringify(assistant.body),
    assistant.id,
    assistant.project,
  )
  replaceMetadata(tx, assistantMetadata, assistant)
  forget(tx, assistant)
}

/** Returns false when the assistant does not exist. */
export async function deleteAssistant(tx: Transaction, project: string, id: string): Promise<boolean> {
  const assistant = await tx.get<AssistantRow>(
    'select * from assistants where id = ? and project = ?',
    id,
    project,
  )
  if (!assistant) return false
  await tx.run('delete from assistants where id = ? and project = ?', id, project)
  await addTombstone(tx, { project, list: 'assistants' }, assistant)
  forget(tx, assistant)
  return true
}

interface AssistantRow extends Omit<AssistantRecord, 'body'> {
  body: string
}

const record = (row: AssistantRow): AssistantRecord => ({ ...row, body: JSON.parse(row.body) })
