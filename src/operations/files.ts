import { nowSeconds } from '../common/clock.ts'
import {
  fileExpiry,
  maxFileSize,
  toFile,
  type CreateFileRequest,
  type FileDeleted,
  type FileObject,
  type FileRecord,
} from '../contract/files.ts'
import type { NamedFilesQuery } from '../contract/list-filters.ts'
import { ApiError, fileNotFound } from '../errors/errors.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { newFileId } from '../common/ids.ts'
import { filesBeyondLimit } from '../errors/limit-errors.ts'
import { BlobTooLarge, type Stored } from '../store/blobs/blobs.ts'
import type { Transaction } from '../store/database.ts'
import * as rows from '../store/files.ts'
import { lockFileBytes, roomIn, storedFileBytes } from '../store/usage/stored-bytes.ts'
import { filesWithdrawn } from '../store/signals.ts'
import type { Context } from './context.ts'
import { refuseTakenId } from './free-id.ts'
import { toListPage, type List } from './list.ts'
import { chooseByWords } from './match-words.ts'
import { openContent, type ChooseRange, type OpenContent } from './open-content.ts'
import { takeTurns } from '../common/take-turns.ts'

/** A stored content that belongs to no object yet. It must be given to an object or be discarded. */
export interface Received extends Stored {
  id: string
}

/**
 * Stores the content of a file while it arrives, before the rest of the request is known. What is more than the project may
 * store is not kept, even for a moment.
 */
export async function receiveFile(ctx: Context, content: AsyncIterable<Uint8Array>): Promise<Received> {
  const stored = await storedFileBytes(ctx.db, ctx.admission.limits(), ctx)
  const room = roomIn(stored)
  if (stored === undefined || room >= maxFileSize)
    return receive(ctx, newFileId(), content, maxFileSize, 'File')
  const id = newFileId()
  try {
    return { id, ...(await ctx.blobs.put(id, content, room)) }
  } catch (error) {
    throw error instanceof BlobTooLarge ? filesBeyondLimit({ of: stored.of, limit: stored.limit }) : error
  }
}

/** Answers 413 when the content is longer than `maxBytes`. Nothing is stored then. */
export async function receive(
  ctx: Context,
  id: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
  what: 'File' | 'Part',
): Promise<Received> {
  try {
    return { id, ...(await ctx.blobs.put(id, content, maxBytes)) }
  } catch (error) {
    if (error instanceof BlobTooLarge) throw tooLarge(what, maxBytes)
    throw error
  }
}

export const tooLarge = (what: 'File' | 'Part', maxBytes: number) =>
  new ApiError(413, `${what} is too large. Maximum allowed size is ${maxBytes / 1024 ** 2} MB.`, {
    code: 'file_too_large',
  })

/**
 * Removes a content that became nothing. It stays where the row may be written all the same: the search for contents without a
 * row removes it later, if it is not.
 */
export async function discard(ctx: Context, received: Received, why?: unknown): Promise<void> {
  if (why instanceof DatabaseUnavailable && why.whileCommitting) return
  await ctx.blobs.remove(received.id)
}

export async function createFile(
  ctx: Context,
  input: CreateFileRequest & { filename: string },
  content: Received,
): Promise<FileObject> {
  const { id = content.id } = input
  const file = { ...newFile(ctx, input, content), id, ...(id !== content.id && { content_id: content.id }) }
  await ctx.db.write(async (tx) => {
    await refuseTakenId(tx, ctx.project, 'file', input.id)
    await refuseFileBytes(tx, ctx, content.bytes)
    await rows.insertFile(tx, file)
  })
  return toFile(file)
}

/** Refuses bytes that are about to be added, when the files of the project would take more than they may. */
export async function refuseFileBytes(
  tx: Transaction,
  ctx: Pick<Context, 'project' | 'apiKey' | 'admission'>,
  more: number,
): Promise<void> {
  const stored = await lockFileBytes(tx, ctx.admission.limits(), ctx)
  if (stored && stored.bytes + more > stored.limit)
    throw filesBeyondLimit({ ...stored, bytes: stored.bytes + more })
}

export function newFile(
  ctx: Context,
  input: Omit<CreateFileRequest, 'id'> & { filename: string },
  content: Received,
): rows.NewFile {
  const now = nowSeconds()
  return {
    id: content.id,
    project: ctx.project,
    api_key: ctx.apiKey,
    purpose: input.purpose,
    expires_at: fileExpiry(input.purpose, input.expires_after, now),
    body: {
      filename: input.filename,
      bytes: content.bytes,
      created_at: now,
      status: input.purpose === 'fine-tune' ? 'uploaded' : 'processed',
      sha256: content.sha256,
    },
  }
}

export async function listFiles(ctx: Context, query: NamedFilesQuery): Promise<List<FileObject>> {
  // A page may contain 10,000 files, so other requests get a turn between reading, converting and writing them.
  const turn = takeTurns()
  const choose = chooseByWords<FileRecord>(query.query, ({ body }) => [body.filename])
  const page = await rows.listFiles(ctx.db, ctx.project, query, choose)
  await turn()
  const list = toListPage(page, toFile)
  await turn()
  return list
}

export async function retrieveFile(ctx: Context, id: string): Promise<FileObject> {
  return toFile(await find(ctx, id))
}

/**
 * Files of every purpose can be downloaded. The original did not allow this for files that were uploaded for
 * assistants. `choose` says which of so many bytes are wanted.
 */
export async function downloadFile(
  ctx: Context,
  id: string,
  choose: ChooseRange,
): Promise<{ file: FileObject } & OpenContent> {
  const file = await find(ctx, id)
  return { file: toFile(file), ...(await openContent(ctx.blobs, file, choose)) }
}

export async function deleteFile(ctx: Context, id: string): Promise<FileDeleted> {
  const deleted = await ctx.db.write(async (tx) => {
    tx.raise(filesWithdrawn)
    return rows.deleteFile(tx, ctx.blobs, ctx.project, id)
  })
  if (!deleted) throw fileNotFound(id)
  return { object: 'file', deleted: true, id }
}

async function find(ctx: Context, id: string): Promise<FileRecord> {
  const file = await rows.getFile(ctx.db, ctx.project, id)
  if (!file) throw fileNotFound(id)
  return file
}
