import { nowSeconds } from '../common/clock.ts'
import {
  bytesOfMemory,
  hasExpired,
  pathOfUpload,
  toContainer,
  type Container,
  type ContainerDeleted,
  type ContainerRecord,
  type CreateContainerRequest,
  type MemoryLimit,
} from '../contract/responses/containers.ts'
import { invalid } from '../errors/errors.ts'
import { newContainerId } from '../common/ids.ts'
import { containerExpired, containerNotFound, memoryBeyondSandbox } from '../errors/response-errors.ts'
import * as rows from '../store/containers.ts'
import type { Reader, Transaction } from '../store/database.ts'
import { setSandboxFile } from '../store/sandbox-files.ts'
import type { PageQuery } from '../store/page.ts'
import type { Context } from './context.ts'
import { existingFiles } from './existing-files.ts'
import { toListPage, type List } from './list.ts'

export async function createContainer(ctx: Context, input: CreateContainerRequest): Promise<Container> {
  const { minutes: most } = ctx.containers
  const minutes = input.expires_after?.minutes ?? most
  if (minutes > most) throw tooManyMinutes(minutes, most)
  refuseMemory(ctx, input.memory_limit, 'memory_limit')
  return ctx.db.write(async (tx) => {
    const id = newContainerId()
    const { name, memory_limit } = input
    const record = insertNew(tx, ctx, { id, sandbox: id, name, minutes, memory_limit })
    await putFiles(tx, ctx, id, { ids: input.file_ids, param: 'file_ids' })
    return toContainer(record, record.created_at)
  })
}

const tooManyMinutes = (given: number, most: number) =>
  invalid(
    `Invalid 'expires_after.minutes': integer above maximum value. Expected a value <= ${most}, but got ${given} instead.`,
    'expires_after.minutes',
    'integer_above_max_value',
  )

/** Refuses more memory than a Python session of this server has. */
export function refuseMemory(ctx: Pick<Context, 'containers'>, limit: MemoryLimit, param: string): void {
  if (limit !== '1g' && bytesOfMemory(limit) > ctx.containers.memory) throw memoryBeyondSandbox(limit, param)
}

/** A container that begins now. */
export function insertNew(
  tx: Transaction,
  { project }: Pick<Context, 'project'>,
  container: Pick<ContainerRecord, 'id' | 'sandbox' | 'name' | 'minutes' | 'memory_limit'>,
): ContainerRecord {
  const now = nowSeconds()
  const made = { ...container, project, created_at: now, last_active_at: now }
  rows.insertContainer(tx, made)
  return { ...made, seq: 0, expires_at: now + made.minutes * 60, sessions: 0, session_server: null }
}

/** Puts Files of the project into a sandbox, those that are not there yet. */
export async function putFiles(
  tx: Transaction,
  { project }: Pick<Context, 'project'>,
  sandbox: string,
  { ids, param }: { ids: readonly string[]; param: string },
): Promise<void> {
  if (ids.length === 0) return
  for (const { id, body } of await existingFiles(tx, project, [...ids], param))
    await setSandboxFile(tx, sandbox, { path: pathOfUpload(id, body.filename), file_id: id, source: 'user' })
}

export async function listContainers(
  ctx: Context,
  query: PageQuery & { name?: string | undefined },
): Promise<List<Container>> {
  const now = nowSeconds()
  return toListPage(await rows.listContainers(ctx.db, ctx.project, query), (one) => toContainer(one, now))
}

export async function getContainer({ db, project }: Context, id: string): Promise<Container> {
  return toContainer(await findContainer(db, project, id), nowSeconds())
}

export async function deleteContainer(ctx: Context, id: string): Promise<ContainerDeleted> {
  const { sandbox, session_server, isOver } = await ctx.db.write(async (tx) => {
    const container = await rows.lockContainer(tx, ctx.project, id)
    if (!container) throw containerNotFound(id)
    return { ...container, isOver: await rows.deleteContainer(tx, container) }
  })
  // What runs in it has no place any more. That of a thread goes on, because its sandbox does.
  if (isOver && session_server !== null) await ctx.pythonSessions.end(sandbox, session_server).catch(() => {})
  return { id, object: 'container.deleted', deleted: true }
}

/** Throws the wire's 404 where there is none. */
async function findContainer(db: Reader, project: string, id: string): Promise<ContainerRecord> {
  const container = await rows.getContainer(db, project, id)
  if (!container) throw containerNotFound(id)
  return container
}

/** The same, and throws where it has expired. `status` is that of the answer, which is not the same everywhere. */
export const findRunning = async (
  db: Reader,
  project: string,
  id: string,
  status: 400 | 404,
): Promise<ContainerRecord> => running(await findContainer(db, project, id), status)

/** The same for a container that is about to be used. It is locked, so that nobody deletes it meanwhile. */
export async function lockRunning(
  tx: Transaction,
  project: string,
  id: string,
  status: 400 | 404,
): Promise<ContainerRecord> {
  const container = await rows.lockContainer(tx, project, id)
  if (!container) throw containerNotFound(id)
  return running(container, status)
}

function running(container: ContainerRecord, status: 400 | 404): ContainerRecord {
  if (hasExpired(container, nowSeconds())) throw containerExpired(status)
  return container
}
