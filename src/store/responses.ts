import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { removeRun } from './remove-runs.ts'
import { wholeRuns } from './run-requests.ts'
import { storedRun, storedRunById, type RunRow } from './runs.ts'

export async function responseById(
  db: Reader,
  project: string,
  id: string,
): Promise<ResponseRecord | undefined> {
  const run = await storedRunById(db, project, id)
  return run?.api === 'responses' ? (run as ResponseRecord) : undefined
}

/** The responses of a project that are kept. */
export async function listResponses(
  db: Reader,
  project: string,
  query: PageQuery,
): Promise<Page<ResponseRecord>> {
  const where = {
    sql: "project = ? and api = 'responses' and stored = 1",
    values: [project],
    bytes: 'octet_length(request) + octet_length(state)',
  }
  const page = await readPage<RunRow>(db, wholeRuns, where, query)
  return { ...page, data: page.data.map((row) => storedRun(row) as ResponseRecord) }
}

/** Deletes a response. Those that go on with it then go on with what it went on with. */
export async function removeResponse(tx: Transaction, { id, seq, previous }: ResponseRecord): Promise<void> {
  await tx.run('update runs set previous = ? where previous = ?', previous, id)
  await removeRun(tx, seq)
}
