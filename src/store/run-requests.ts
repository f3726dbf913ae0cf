import { hash } from 'node:crypto'
import type { StoredRun } from '../contract/runs.ts'
import type { Transaction } from './database.ts'

/** For `select … from`: the rows of `runs`, each with the text of its request. */
export const wholeRuns = `(select runs.*, request from runs
  left join run_requests on run_requests.request_number = runs.request_number) as whole_runs`

/** Runs with the same request share one row, which they find by this. */
export interface RequestKey {
  /** For `… from run_requests where`. */
  sql: string
  values: [project: string, sha256: string]
  text: string
}

export function keyOfRequest(project: string, request: StoredRun['request']): RequestKey {
  const text = JSON.stringify(request)
  const sha256 = hash('sha256', text, 'base64url')
  return { sql: 'request_project = ? and request_sha256 = ?', values: [project, sha256], text }
}

/** Has no effect where the request is there already. */
export const insertRequest = (tx: Transaction, { values, text }: RequestKey): void =>
  tx.send(
    'insert into run_requests (request_project, request_sha256, request) values (?, ?, ?) on conflict do nothing',
    ...values,
    text,
  )

/** Deletes those of the requests that no run uses any more. */
export async function forgetRequests(tx: Transaction, numbers: Iterable<number>): Promise<void> {
  for (const number of numbers)
    await tx.run(
      `delete from run_requests where request_number = ?
       and not exists (select 1 from runs where runs.request_number = run_requests.request_number)`,
      number,
    )
}
