import type { ContainerRecord } from '../contract/responses/containers.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { emptySandbox } from './sandbox-files.ts'
import { createSlice } from './slices.ts'
import { addTombstone } from './tombstones.ts'

const list = 'containers'

export function insertContainer(tx: Transaction, container: NewContainer): void {
  const { id, project, sandbox, name, created_at, last_active_at, minutes, memory_limit } = container
  tx.send(
    `insert into containers (id, project, sandbox, name, created_at, last_active_at, minutes, expires_at, memory_limit)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
    id,
    project,
    sandbox,
    name,
    created_at,
    last_active_at,
    minutes,
    last_active_at + minutes * 60,
    memory_limit,
  )
}

export type NewContainer = Omit<ContainerRecord, 'seq' | 'expires_at' | 'sessions' | 'session_server'>

export const getContainer = (db: Reader, project: string, id: string): Promise<ContainerRecord | undefined> =>
  db.get<ContainerRecord>('select * from containers where id = ? and project = ?', id, project)

/** The newest of the containers of a sandbox. */
export const newestContainer = (db: Reader, project: string, sandbox: string) =>
  db.get<ContainerRecord>(
    'select * from containers where sandbox = ? and project = ? order by seq desc limit 1',
    sandbox,
    project,
  )

export async function listContainers(
  db: Reader,
  project: string,
  query: PageQuery & { name?: string | undefined },
): Promise<Page<ContainerRecord>> {
  const { name } = query
  const all = { sql: 'project = ?', values: [project] }
  const where = name === undefined ? all : { sql: 'project = ? and name = ?', values: [project, name] }
  return readPage<ContainerRecord>(db, list, where, query, { ...all, deletedFrom: { project, list } })
}

/** Notes that the container is in use. `now` is in Unix seconds. Returns false when there is no such container. */
export const touchContainer = async (
  tx: Transaction,
  project: string,
  id: string,
  now: number,
): Promise<boolean> =>
  (await tx.run(
    'update containers set last_active_at = ?, expires_at = ? + minutes * 60 where id = ? and project = ?',
    now,
    now,
    id,
    project,
  )) > 0

/** Deletes the container. What is in its sandbox goes when no other container has it, and when it is not that of a thread. */
export async function deleteContainer(
  tx: Transaction,
  { id, seq, project, sandbox }: ContainerRecord,
): Promise<void> {
  await tx.run('delete from containers where seq = ?', seq)
  await addTombstone(tx, { project, list }, { id, seq })
  if (sandbox.startsWith('cntr_') && !(await newestContainer(tx, project, sandbox)))
    while ((await emptySandbox(tx, sandbox, rowsAtOnce)) > 0);
}

/** A sandbox has few files, because what programs may leave in it is limited. */
const rowsAtOnce = 1_000

/** Those of a thread that is deleted. */
export const removeContainersOf = (tx: Transaction, sandbox: string): Promise<number> =>
  tx.run('delete from containers where sandbox = ?', sandbox)

const slice = createSlice()

/** Deletes some containers that expired before `before` (Unix seconds), of any project. Returns false when there was none. */
export async function removeOldContainers(db: Database, before: number): Promise<boolean> {
  const find = 'select * from containers where expires_at < ? order by expires_at limit ? + 0'
  if (!(await db.get(find, before, 1))) return false
  const { rows } = slice
  await db.write(async (tx) => {
    await slice.measure(async () => {
      for (const found of await tx.all<ContainerRecord>(find, before, Math.max(1, Math.ceil(rows / 50))))
        await deleteContainer(tx, found)
    })
  }, 'committed')
  return true
}

/** Erases containers of a project with what is in them. Returns how many there were. */
export async function eraseContainers(tx: Transaction, project: string, rows: number): Promise<number> {
  const found = await tx.all<ContainerRecord>(
    'select * from containers where project = ? order by seq limit ? + 0',
    project,
    Math.max(1, Math.ceil(rows / 50)),
  )
  for (const one of found) await deleteContainer(tx, one)
  return found.length
}
