import type { AssistantRecord } from '../contract/assistants.ts'
import type { Reader, Transaction } from './database.ts'
import { withExistingFiles } from './existing-files.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { bury } from './tombstones.ts'

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
}

export async function getAssistant(
  db: Reader,
  project: string,
  id: string,
): Promise<AssistantRecord | undefined> {
  const row = await db.get<AssistantRow>('select * from assistants where id = ? and project = ?', id, project)
  return row && withExistingFiles(db, record(row))
}

export async function listAssistants(
  db: Reader,
  project: string,
  query: PageQuery,
): Promise<Page<AssistantRecord>> {
  const where = { sql: 'project = ?', values: [project] }
  const page = await readPage<AssistantRow>(db, 'assistants', where, query)
  const data: AssistantRecord[] = []
  for (const row of page.data) data.push(await withExistingFiles(db, record(row)))
  return { ...page, data }
}

export const updateAssistant = (tx: Transaction, assistant: AssistantRecord) =>
  tx.run(
    'update assistants set body = ? where id = ? and project = ?',
    JSON.stringify(assistant.body),
    assistant.id,
    assistant.project,
  )

/** False when there was none. */
export async function deleteAssistant(tx: Transaction, project: string, id: string): Promise<boolean> {
  const assistant = await tx.get<AssistantRow>(
    'select * from assistants where id = ? and project = ?',
    id,
    project,
  )
  if (!assistant) return false
  await tx.run('delete from assistants where id = ? and project = ?', id, project)
  await bury(tx, assistant)
  return true
}

interface AssistantRow extends Omit<AssistantRecord, 'body'> {
  body: string
}

const record = (row: AssistantRow): AssistantRecord => ({ ...row, body: JSON.parse(row.body) })
