import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { nowSeconds } from '../clock.ts'
import {
  fileExpiry,
  maxFileSize,
  toFile,
  type CreateFileRequest,
  type FileDeleted,
  type FileObject,
  type FileRecord,
} from '../contract/files.ts'
import type { FilesQuery } from '../contract/list.ts'
import { ApiError, fileNotFound } from '../errors.ts'
import { newFileId } from '../ids.ts'
import { BlobTooLarge, type Stored } from '../store/blobs.ts'
import * as rows from '../store/files.ts'
import { filesWithdrawn } from '../store/signals.ts'
import type { Context } from './context.ts'
import { refuseTakenId } from './free-id.ts'
import { toListPage, type List } from './list.ts'
import { takeTurns } from './take-turns.ts'

/** A content that is stored and belongs to nothing yet: make something of it or discard it. */
export interface Received extends Stored {
  id: string
}

/** Stores a file's content as it arrives, before anything else of the request need be known. */
export const receiveFile = (ctx: Context, content: AsyncIterable<Uint8Array>): Promise<Received> =>
  receive(ctx, newFileId(), content, maxFileSize, 'File')

/** 413 when there is more than `maxBytes`; nothing is kept then. */
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

export const discard = (ctx: Context, received: Received): Promise<void> => ctx.blobs.remove(received.id)

export async function createFile(
  ctx: Context,
  input: CreateFileRequest & { filename: string },
  content: Received,
): Promise<FileObject> {
  const { id = content.id } = input
  const file = { ...newFile(ctx, input, content), id, ...(id !== content.id && { content_id: content.id }) }
  await ctx.db.write(async (tx) => {
    await refuseTakenId(tx, 'file', input.id)
    await rows.insertFile(tx, file)
  })
  return toFile(file)
}

export function newFile(
  ctx: Context,
  input: Omit<CreateFileRequest, 'id'> & { filename: string },
  content: Received,
): Omit<FileRecord, 'seq'> {
  const now = nowSeconds()
  return {
    id: content.id,
    project: ctx.project,
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

export async function listFiles(ctx: Context, query: FilesQuery): Promise<List<FileObject>> {
  // There may be 10,000 of them: others have a turn between reading, showing and writing them.
  const turn = takeTurns()
  const page = await rows.listFiles(ctx.db, ctx.project, query)
  await turn()
  const list = toListPage(page, toFile)
  await turn()
  return list
}

export async function retrieveFile(ctx: Context, id: string): Promise<FileObject> {
  return toFile(await find(ctx, id))
}

/** Of any purpose: the original kept what was uploaded for assistants to itself. */
export async function downloadFile(
  ctx: Context,
  id: string,
): Promise<{ file: FileObject; content: Readable }> {
  const file = await find(ctx, id)
  const content = ctx.blobs.open(rows.contentOf(file))
  // So that a content that cannot be read fails before the answer has begun.
  await once(content, 'readable')
  return { file: toFile(file), content }
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
