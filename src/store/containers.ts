import { isOfThread, type ContainerRecord } from '../contract/responses/containers.ts'
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

/** The ids of the containers of a sandbox. */
export const containersOf = async (db: Reader, sandbox: string): Promise<string[]> =>
  (await db.all<{ id: string }>('select id from containers where sandbox = ? order by id', sandbox)).map(
    ({ id }) => id,
  )

/** Waits until nobody else makes or deletes a container of this sandbox, or leaves a file in it. Returns false when it is gone. */
export async function lockSandbox(tx: Transaction, sandbox: string): Promise<boolean> {
  if (isOfThread(sandbox)) {
    await tx.lock('threads', sandbox)
    return (await tx.get('select 1 from threads where id = ?', sandbox)) !== undefined
  }
  await tx.lock('containers', ...(await containersOf(tx, sandbox)))
  return (await containersOf(tx, sandbox)).length > 0
}

/** The container, whose sandbox is locked. */
export async function lockContainer(
  tx: Transaction,
  project: string,
  id: string,
): Promise<ContainerRecord | undefined> {
  const found = await getContainer(tx, project, id)
  if (!found) return undefined
  await tx.lock('containers', ...(await containersOf(tx, found.sandbox)))
  return getContainer(tx, project, id)
}

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

/**
 * Deletes the container, which must be locked. What is in its sandbox goes when no other container has it, and when it is not
 * that of a thread. Returns whether it has gone.
 */
export async function deleteContainer(
  tx: Transaction,
  { id, seq, project, sandbox }: ContainerRecord,
): Promise<boolean> {
  await tx.run('delete from containers where seq = ?', seq)
  await addTombstone(tx, { project, list }, { id, seq })
  if (isOfThread(sandbox) || (await newestContainer(tx, project, sandbox))) return false
  while ((await emptySandbox(tx, sandbox, rowsAtOnce)) > 0);
  return true
}

/** A sandbox has few files, because what programs may leave in it is limited. */
const rowsAtOnce = 1_000

const containersAtOnce = (rows: number) => Math.max(1, Math.ceil(rows / 50))

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
      for (const { project, id } of await tx.all<ContainerRecord>(find, before, containersAtOnce(rows))) {
        const found = await lockContainer(tx, project, id)
        if (found && found.expires_at < before) await deleteContainer(tx, found)
      }
    })
  }, 'committed')
  return true
}

/** Erases containers of a project with what is in them. Returns how many there were. */
export async function eraseContainers(tx: Transaction, project: string, rows: number): Promise<number> {
  const found = await tx.all<ContainerRecord>(
    'select * from containers where project = ? order by seq limit ? + 0',
    project,
    containersAtOnce(rows),
  )
  for (const { id } of found) {
    const one = await lockContainer(tx, project, id)
    if (one) await deleteContainer(tx, one)
  }
  return found.length
}
