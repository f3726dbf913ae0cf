import type { LimitName, LimitRecord } from '../contract/project-limits.ts'
import type { Reader, Transaction } from './database.ts'

export const allLimits = (db: Reader): Promise<LimitRecord[]> =>
  db.all<LimitRecord>('select owner, model, name, value from limits order by owner, name, model')

/** `owner` is the id of a project or of a key. */
export const limitsOf = (db: Reader, owner: string): Promise<LimitRecord[]> =>
  db.all<LimitRecord>(
    'select owner, model, name, value from limits where owner = ? order by name, model',
    owner,
  )

/** With the value null there is no limit. */
export async function setLimit(
  tx: Transaction,
  { owner, model, name, value }: Omit<LimitRecord, 'value'> & { value: number | null },
): Promise<void> {
  if (value === null)
    await tx.run('delete from limits where owner = ? and name = ? and model = ?', owner, name, model)
  else
    await tx.run(
      `insert into limits (owner, model, name, value) values (?, ?, ?, ?)
       on conflict (owner, name, model) do update set value = excluded.value`,
      owner,
      model,
      name,
      value,
    )
}

export const deleteLimits = (tx: Transaction, owner: string): Promise<number> =>
  tx.run('delete from limits where owner = ?', owner)

/** All limits in memory, so that to look one up costs no statement. */
export interface Limits {
  /** Undefined where there is none. `owner` is the id of a project or of a key, `model` the name of what is served. */
  of(owner: string, name: LimitName, model?: string): number | undefined
  /** The limits of this name that one of these owners has, by owner. */
  ofEach(owners: Iterable<string>, name: LimitName): Map<string, number>
}

export function readLimits(rows: readonly LimitRecord[]): Limits {
  const values = new Map(rows.map((row) => [keyOf(row.owner, row.name, row.model), row.value]))
  const of: Limits['of'] = (owner, name, model = '') =>
    values.size === 0 ? undefined : values.get(keyOf(owner, name, model))
  return {
    of,
    ofEach(owners, name) {
      const found = new Map<string, number>()
      for (const owner of values.size === 0 ? [] : owners) {
        const value = of(owner, name)
        if (value !== undefined) found.set(owner, value)
      }
      return found
    },
  }
}

const keyOf = (owner: string, name: string, model: string) => `${owner}\n${name}\n${model}`
