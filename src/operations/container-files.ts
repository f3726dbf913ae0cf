import { nowSeconds } from '../common/clock.ts'
import {
  pathOfUpload,
  toContainerFile,
  toFileId,
  type ContainerFile,
  type ContainerFileDeleted,
  type ContainerRecord,
  type PlacedFile,
} from '../contract/responses/containers.ts'
import { fileNotFound } from '../errors/errors.ts'
import { newSandboxFileId } from '../common/ids.ts'
import { containerFileNotFound } from '../errors/response-errors.ts'
import { touchContainer } from '../store/containers.ts'
import type { Reader } from '../store/database.ts'
import * as files from '../store/files.ts'
import {
  getPlacedFile,
  insertSandboxFile,
  listSandboxFiles,
  removeSandboxFile,
  setSandboxFile,
} from '../store/sandbox-files.ts'
import { UnknownCursor, type PageQuery } from '../store/page.ts'
import { findRunning, lockRunning } from './containers.ts'
import type { Context } from './context.ts'
import { openContent, type ChooseRange, type OpenContent } from './open-content.ts'
import { refuseFileBytes, type Received } from './files.ts'
import { toListPage, type List } from './list.ts'

/** Puts an upload into a container. It is found only there. */
export async function createContainerFile(
  ctx: Context,
  containerId: string,
  { filename, content }: { filename: string; content: Received },
): Promise<ContainerFile> {
  const now = nowSeconds()
  const id = newSandboxFileId()
  return ctx.db.write(async (tx) => {
    const { sandbox } = await lockRunning(tx, ctx.project, containerId, 404)
    const path = pathOfUpload(id.slice('file-'.length), filename)
    const file: files.NewFile = {
      id,
      project: ctx.project,
      api_key: ctx.apiKey,
      purpose: 'container',
      expires_at: null,
      content_id: content.id,
      body: {
        filename: path,
        bytes: content.bytes,
        created_at: now,
        status: 'processed',
        sha256: content.sha256,
      },
    }
    await refuseFileBytes(tx, ctx, content.bytes)
    await insertSandboxFile(tx, sandbox, file, { path, source: 'user' })
    await touchContainer(tx, ctx.project, containerId, now)
    return toContainerFile({ ...file, seq: 0, path, source: 'user' }, containerId)
  })
}

/** Puts a File of the project into a container. It stays a File, and leaves the container when it is deleted. */
export async function addFileToContainer(
  ctx: Context,
  containerId: string,
  fileId: string,
): Promise<ContainerFile> {
  return ctx.db.write(async (tx) => {
    const { sandbox } = await lockRunning(tx, ctx.project, containerId, 404)
    const file = await files.getFile(tx, ctx.project, fileId)
    if (!file) throw fileNotFound(fileId)
    const path = pathOfUpload(file.id, file.body.filename)
    await setSandboxFile(tx, sandbox, { path, file_id: file.id, source: 'user' })
    await touchContainer(tx, ctx.project, containerId, nowSeconds())
    return toContainerFile({ ...file, path, source: 'user' }, containerId)
  })
}

export async function listContainerFiles(
  ctx: Context,
  containerId: string,
  query: PageQuery,
): Promise<List<ContainerFile>> {
  const { sandbox } = await findRunning(ctx.db, ctx.project, containerId, 404)
  const asFile = (id: string | undefined) => (id === undefined ? undefined : (toFileId(id) ?? id))
  const asked = { ...query, after: asFile(query.after), before: asFile(query.before) }
  const page = await listSandboxFiles(ctx.db, { project: ctx.project, sandbox }, asked).catch(
    (error: unknown) => {
      // The caller is told of the id that he has given.
      throw error instanceof UnknownCursor ? new UnknownCursor(error.param, query[error.param] ?? '') : error
    },
  )
  return toListPage(page, (file) => toContainerFile(file, containerId))
}

export async function getContainerFile(
  ctx: Context,
  containerId: string,
  id: string,
): Promise<ContainerFile> {
  return toContainerFile(await find(ctx.db, ctx, containerId, id), containerId)
}

/** `choose` says which of so many bytes are wanted. */
export async function downloadContainerFile(
  ctx: Context,
  containerId: string,
  id: string,
  choose: ChooseRange,
): Promise<{ file: PlacedFile } & OpenContent> {
  const file = await find(ctx.db, ctx, containerId, id)
  await ctx.db.write((tx) => touchContainer(tx, ctx.project, containerId, nowSeconds()), 'committed')
  return { file, ...(await openContent(ctx.blobs, file, choose)) }
}

/** A File of the project that was put there stays a File. What a program has left is deleted. */
export async function deleteContainerFile(
  ctx: Context,
  containerId: string,
  id: string,
): Promise<ContainerFileDeleted> {
  await ctx.db.write(async (tx) => {
    const container = await lockRunning(tx, ctx.project, containerId, 404)
    const file = await findIn(tx, ctx, container, id)
    const isUnused = await removeSandboxFile(tx, container.sandbox, file.id)
    if (isUnused && file.purpose === 'assistants_output' && file.source === 'assistant')
      await files.deleteFile(tx, ctx.blobs, ctx.project, file.id)
    await touchContainer(tx, ctx.project, containerId, nowSeconds())
  })
  return { id, object: 'container.file.deleted', deleted: true }
}

async function find(db: Reader, ctx: Context, containerId: string, id: string): Promise<PlacedFile> {
  return findIn(db, ctx, await findRunning(db, ctx.project, containerId, 404), id)
}

async function findIn(
  db: Reader,
  { project }: Context,
  { id: containerId, sandbox }: ContainerRecord,
  id: string,
): Promise<PlacedFile> {
  const fileId = toFileId(id)
  const file = fileId === undefined ? undefined : await getPlacedFile(db, { project, sandbox }, fileId)
  if (!file) throw containerFileNotFound(id, containerId)
  return file
}
