import { z } from 'zod'
import { cut } from '../errors/errors.ts'
import { object } from './objects.ts'
import {
  fileExpiresAfter,
  fileName,
  filePurpose,
  type FileExpiresAfter,
  type FileObject,
  type UploadPurpose,
} from './files.ts'
import { integer, list, optional, refuseWhen } from './limits.ts'

export type UploadStatus = 'pending' | 'completed' | 'cancelled' | 'expired'

export interface Upload {
  id: string
  object: 'upload'
  /** The size of the finished file, as the client announced it. */
  bytes: number
  created_at: number
  filename: string
  purpose: UploadPurpose
  status: UploadStatus
  expires_at: number
  /** Only for a completed upload. */
  file?: FileObject
}

export interface UploadBody {
  bytes: number
  created_at: number
  filename: string
  purpose: UploadPurpose
  mime_type: string
  expires_after: FileExpiresAfter | null
}

export interface UploadRecord {
  seq: number
  id: string
  project: string
  status: UploadStatus
  expires_at: number
  body: UploadBody
}

export const toUpload = ({ id, status, expires_at, body }: UploadRecord, file?: FileObject): Upload => ({
  id,
  object: 'upload',
  bytes: body.bytes,
  created_at: body.created_at,
  filename: body.filename,
  purpose: body.purpose,
  status,
  expires_at,
  ...(file && { file }),
})

export interface UploadPart {
  id: string
  object: 'upload.part'
  created_at: number
  upload_id: string
}

export interface UploadPartRecord {
  id: string
  upload_id: string
  bytes: number
  created_at: number
}

export const toUploadPart = ({ id, created_at, upload_id }: UploadPartRecord): UploadPart => ({
  id,
  object: 'upload.part',
  created_at,
  upload_id,
})

/** In bytes. */
export const maxUploadSize = 8 * 1024 ** 3
export const maxPartSize = 64 * 1024 ** 2
/** In seconds. */
export const uploadLifetime = 3_600

/** The MIME types that are allowed for a purpose. */
const fits: Partial<Record<UploadPurpose, RegExp>> = {
  vision: /^image\/(jpeg|jpg|png|gif|webp)$/i,
  batch: /json/i,
  'fine-tune': /json/i,
}

export const createUploadRequest = object({
  filename: fileName,
  purpose: filePurpose,
  bytes: integer(1, maxUploadSize),
  mime_type: z.string(),
  expires_after: optional(fileExpiresAfter),
}).check(
  refuseWhen(({ mime_type: type, purpose }) => {
    if (!/^[\w.+-]+\/[\w.+-]+(\s*;.*)?$/.test(type))
      return {
        code: 'invalid_value',
        message: "Invalid 'mime_type'. Expected a MIME type such as 'text/plain'.",
        path: ['mime_type'],
      }
    if (fits[purpose] && !fits[purpose].test(type))
      return {
        code: 'invalid_value',
        message: `Invalid 'mime_type': '${cut(type)}' cannot be uploaded for purpose '${purpose}'.`,
        path: ['mime_type'],
      }
    return undefined
  }),
)
export type CreateUploadRequest = z.output<typeof createUploadRequest>

/** `part_ids` are in the order of the file. `md5` is the hash of the whole file, in hexadecimal digits. */
export const completeUploadRequest = object({
  part_ids: list(z.string(), Math.ceil(maxUploadSize / 1024), 1),
  md5: optional(
    z.string().check(
      refuseWhen((value) =>
        /^[0-9a-f]{32}$/i.test(value)
          ? undefined
          : {
              code: 'invalid_value',
              message: "Invalid '{param}'. Expected an MD5 checksum of 32 hex digits.",
            },
      ),
    ),
  ),
})
export type CompleteUploadRequest = z.output<typeof completeUploadRequest>
