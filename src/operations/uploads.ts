import { createHash, type Hash } from 'node:crypto'
import { nowSeconds } from '../common/clock.ts'
import { toFile } from '../contract/files.ts'
import {
  maxPartSize,
  maxUploadSize,
  toUpload,
  toUploadPart,
  uploadLifetime,
  type CompleteUploadRequest,
  type CreateUploadRequest,
  type Upload,
  type UploadPart,
  type UploadPartRecord,
  type UploadRecord,
} from '../contract/uploads.ts'
import { conflict, cut, invalid, uploadNotFound } from '../errors/errors.ts'
import { newFileId, newPartId, newUploadId } from '../common/ids.ts'
import type { Reader } from '../store/database.ts'
import { insertFile } from '../store/files.ts'
import * as rows from '../store/uploads.ts'
import type { Context } from './context.ts'
import { discard, newFile, receive, refuseFileBytes, type Received } from './files.ts'

export async function createUpload(ctx: Context, input: CreateUploadRequest): Promise<Upload> {
  const now = nowSeconds()
  const upload: UploadRecord = {
    seq: 0,
    id: newUploadId(),
    project: ctx.project,
    status: 'pending',
    expires_at: now + uploadLifetime,
    body: {
      bytes: input.bytes,
      created_at: now,
      filename: input.filename,
      purpose: input.purpose,
      mime_type: input.mime_type,
      expires_after: input.expires_after ?? null,
    },
  }
  await ctx.db.write(async (tx) => {
    await refuseFileBytes(tx, ctx, input.bytes)
    await rows.insertUpload(tx, upload, ctx.apiKey)
  })
  return toUpload(upload)
}

/** Refuses an upload that accepts no more parts, before the content of the part is read. */
export async function receivePart(
  ctx: Context,
  uploadId: string,
  content: AsyncIterable<Uint8Array>,
): Promise<Received> {
  await pending(ctx.db, ctx, uploadId)
  return receive(ctx, newPartId(), content, maxPartSize, 'Part')
}

/** Parts may arrive in any order and at the same time. */
export async function addUploadPart(ctx: Context, uploadId: string, content: Received): Promise<UploadPart> {
  const part = { id: content.id, upload_id: uploadId, bytes: content.bytes, created_at: nowSeconds() }
  await ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'uploads', uploadId)
    await pending(tx, ctx, uploadId)
    await rows.insertPart(tx, part)
    // Parts that have more bytes than were announced.
    await refuseFileBytes(tx, ctx, 0)
  })
  return toUploadPart(part)
}

/** Joins the parts in the given order to one file. */
export async function completeUpload(
  ctx: Context,
  uploadId: string,
  input: CompleteUploadRequest,
): Promise<Upload> {
  const upload = await pending(ctx.db, ctx, uploadId)
  const parts = inOrder(await rows.getParts(ctx.db, uploadId), input.part_ids)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (bytes !== upload.body.bytes) {
    throw invalid(
      `The parts have ${bytes} bytes together, but the upload was created for ${upload.body.bytes} bytes.`,
      'part_ids',
      'invalid_value',
    )
  }
  const md5 = input.md5 === undefined ? undefined : createHash('md5')
  const content = await receive(ctx, newFileId(), joined(ctx, parts, md5), maxUploadSize, 'File').catch(
    async (error) => {
      // Another request may have ended the upload meanwhile, and then its parts are gone.
      await pending(ctx.db, ctx, uploadId)
      throw error
    },
  )
  try {
    const digest = md5?.digest('hex')
    if (digest !== input.md5?.toLowerCase()) {
      throw invalid(
        `The MD5 checksum of the parts is ${digest}, but ${input.md5} was expected.`,
        'md5',
        'invalid_value',
      )
    }
    const { filename, purpose, expires_after } = upload.body
    const file = newFile(ctx, { filename, purpose, expires_after: expires_after ?? undefined }, content)
    await ctx.db.write(async (tx) => {
      if (!(await rows.endUpload(tx, upload, 'completed'))) await pending(tx, ctx, uploadId)
      await insertFile(tx, file)
    })
    return toUpload({ ...upload, status: 'completed' }, toFile(file))
  } catch (error) {
    await discard(ctx, content, error)
    throw error
  }
}

export async function cancelUpload(ctx: Context, uploadId: string): Promise<Upload> {
  return ctx.db.write(async (tx) => {
    await tx.lockOwn(ctx.project, 'uploads', uploadId)
    const upload = await pending(tx, ctx, uploadId)
    await rows.endUpload(tx, upload, 'cancelled')
    return toUpload({ ...upload, status: 'cancelled' })
  })
}

async function pending(db: Reader, ctx: Context, id: string): Promise<UploadRecord> {
  const upload = await rows.getUpload(db, ctx.project, id, nowSeconds())
  if (!upload) throw uploadNotFound(id)
  if (upload.status !== 'pending')
    throw conflict(`Upload ${id} has status '${upload.status}', but must be 'pending'.`)
  return upload
}

function inOrder(parts: UploadPartRecord[], ids: string[]): UploadPartRecord[] {
  const byId = new Map(parts.map((part) => [part.id, part]))
  return ids.map((id, index) => {
    const part = byId.get(id)
    // The part is removed from the map, so that a part that is named twice is refused too.
    byId.delete(id)
    if (part) return part
    const param = `part_ids[${index}]`
    throw invalid(
      `Invalid '${param}': '${cut(id)}' is no part of this upload, or is named twice.`,
      param,
      'invalid_value',
    )
  })
}

async function* joined(
  ctx: Context,
  parts: UploadPartRecord[],
  md5: Hash | undefined,
): AsyncGenerator<Uint8Array, void> {
  for (const part of parts) {
    for await (const chunk of ctx.blobs.open(part.id) as AsyncIterable<Uint8Array>) {
      md5?.update(chunk)
      yield chunk
    }
  }
}
