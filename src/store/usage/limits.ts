import type { LimitName, LimitRecord } from '../../contract/project-limits.ts'
import type { Reader, Transaction } from '../database.ts'

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
  /** The limits of this name that keys of the project have, by the ids of the keys. */
  ofKeys(project: string, name: LimitName): ReadonlyMap<string, number>
}

/** `keys` are all keys, for the limits that they have. */
export function readLimits(
  rows: readonly LimitRecord[],
  keys: readonly { id: string; project: string }[] = [],
): Limits {
  const values = new Map(rows.map((row) => [keyOf(row.owner, row.name, row.model), row.value]))
  const projects = new Map(keys.map(({ id, project }) => [id, project]))
  const ofKeys = new Map<string, Map<string, number>>()
  for (const { owner, name, value } of rows) {
    const project = projects.get(owner)
    if (project === undefined) continue
    const found = ofKeys.get(keyOf(project, name, ''))
    if (found) found.set(owner, value)
    else ofKeys.set(keyOf(project, name, ''), new Map([[owner, value]]))
  }
  const of: Limits['of'] = (owner, name, model = '') =>
    values.size === 0 ? undefined : values.get(keyOf(owner, name, model))
  return {
    of,
    ofKeys: (project, name) => (ofKeys.size > 0 && ofKeys.get(keyOf(project, name, ''))) || none,
  }
}

const none: ReadonlyMap<string, number> = new Map()

const keyOf = (owner: string, name: string, model: string) => `${owner}\n${name}\n${model}`
