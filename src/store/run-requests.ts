import { createHash } from 'node:crypto'
import type { RunRequest } from '../contract/runs.ts'
import type { Transaction } from './database.ts'

/** For `select … from`: the rows of `runs`, each with the text of its request. */
export const wholeRuns = `(select runs.*, request from runs
  left join run_requests on run_requests.request_number = runs.request_number) as whole_runs`

/** Stores a request and returns its number. Runs with the same request share it. */
export async function keepRequest(tx: Transaction, project: string, request: RunRequest): Promise<number> {
  const text = JSON.stringify(request)
  const key = [project, createHash('sha256').update(text).digest('base64url')]
  const found =
    (await tx.get<Numbered>(
      'select request_number as number from run_requests where request_project = ? and request_sha256 = ?',
      ...key,
    )) ??
    (await tx.get<Numbered>(
      `insert into run_requests (request_project, request_sha256, request) values (?, ?, ?)
       returning request_number as number`,
      ...key,
      text,
    ))
  if (!found) throw new Error('a request was given no number')
  return found.number
}

/** Deletes those of the requests that no run uses any more. */
export async function forgetRequests(tx: Transaction, numbers: Iterable<number>): Promise<void> {
  for (const number of numbers)
    await tx.run(
      `delete from run_requests where request_number = ?
       and not exists (select 1 from runs where runs.request_number = run_requests.request_number)`,
      number,
    )
}

interface Numbered {
  number: number
}
