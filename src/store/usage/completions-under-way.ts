import type { Transaction } from '../database.ts'
import { inList } from '../in-list.ts'

/** How long a completion counts as under way without being renewed, in milliseconds: its server may be lost. */
const livesMs = 20_000
/** How often a server renews its own. */
export const renewEveryMs = 5_000

/** A request for a model itself, and the key that it came with. */
export interface CompletionUnderWay {
  id: string
  project: string
  api_key: string
}

export async function insertCompletion(
  tx: Transaction,
  { id, project, api_key }: CompletionUnderWay,
): Promise<void> {
  await tx.run(
    'insert into completions_under_way (id, project, api_key, lives_until) values (?, ?, ?, ?)',
    id,
    project,
    api_key,
    (await tx.now()) + livesMs,
  )
}

export async function renewCompletions(tx: Transaction, ids: readonly string[]): Promise<void> {
  const { marks, values } = inList(ids)
  await tx.run(
    `update completions_under_way set lives_until = ? where id in (${marks})`,
    (await tx.now()) + livesMs,
    ...values,
  )
}

/** How many are under way in a project, by their keys. */
export const countCompletions = async (tx: Transaction, project: string) =>
  tx.all<{ api_key: string; count: number }>(
    `select api_key, count(*) as count from completions_under_way where project = ? and lives_until > ? group by api_key`,
    project,
    await tx.now(),
  )

/** It is over, and holds nothing of a budget any more. */
export function removeCompletion(tx: Transaction, id: string): void {
  tx.send('delete from completions_under_way where id = ?', id)
  tx.send('delete from budget_holds where run_id = ?', id)
}
