import { z } from 'zod'
import { cut } from '../errors/errors.ts'
import { givenId } from './given-id.ts'
import { object } from './objects.ts'
import { integer, optional, refuseWhen, type Refusal } from './limits.ts'

const filePurposes = ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] as const
/** The purposes that a caller may give to an upload. */
export type UploadPurpose = (typeof filePurposes)[number]
/** `container` is that of files that are found only through their container. */
export type FilePurpose =
  | UploadPurpose
  | 'assistants_output'
  | 'batch_output'
  | 'fine-tune-results'
  | 'container'

export interface FileObject {
  object: 'file'
  id: string
  purpose: FilePurpose
  filename: string
  bytes: number
  created_at: number
  expires_at: number | null
  status: 'uploaded' | 'processed' | 'error'
  status_details: string | null
}

export interface FileBody {
  filename: string
  bytes: number
  created_at: number
  status: 'uploaded' | 'processed' | 'error'
  /** The hash of the content, in hexadecimal digits. */
  sha256: string
}

export interface FileRecord {
  seq: number
  id: string
  project: string
  purpose: FilePurpose
  expires_at: number | null
  /** The id of the content, when the caller gave the file an id of its own. */
  content_id?: string | undefined
  body: FileBody
}

export const toFile = ({
  id,
  purpose,
  expires_at,
  body,
}: Omit<FileRecord, 'seq' | 'project'>): FileObject => ({
  object: 'file',
  id,
  purpose,
  filename: body.filename,
  bytes: body.bytes,
  created_at: body.created_at,
  expires_at,
  status: body.status,
  status_details: null,
})

/** The only answer to a delete that does not begin with the id. */
export interface FileDeleted {
  object: 'file'
  deleted: true
  id: string
}

/** In bytes. */
export const maxFileSize = 512 * 1024 * 1024

/** The original validated the purpose of files and uploads with older code, which had other error texts. */
export const filePurpose = z.unknown().transform((given, context): UploadPurpose => {
  const known = filePurposes.find((purpose) => purpose === given)
  if (known) return known
  const list = ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'].map(
    (purpose) => `'${purpose}'`,
  )
  context.issues.push({
    code: 'custom',
    input: given,
    message:
      given === undefined || given === null
        ? "'purpose' is a required property"
        : `'${typeof given === 'string' ? cut(given) : typeof given}' is not one of [${list.join(', ')}] - 'purpose'`,
    params: { code: null, withoutParam: given === undefined || given === null },
  })
  return z.NEVER
})

/** Seconds after creation, from an hour to 30 days. A form sends the number as text. */
export const fileExpiresAfter = object({
  anchor: z.literal('created_at'),
  seconds: z.preprocess(
    (given) => (typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given),
    integer(3_600, 2_592_000),
  ),
})
export type FileExpiresAfter = z.output<typeof fileExpiresAfter>

/** The fields of the form in addition to the file itself. */
export const createFileRequest = object({
  id: givenId('file'),
  purpose: filePurpose,
  expires_after: optional(fileExpiresAfter),
})
export type CreateFileRequest = z.output<typeof createFileRequest>

const batchLifetime = 30 * 86_400

/** By default, files for batches expire after 30 days and others never. */
export const fileExpiry = (
  purpose: FilePurpose,
  expiresAfter: FileExpiresAfter | undefined,
  createdAt: number,
): number | null => {
  if (expiresAfter) return createdAt + expiresAfter.seconds
  return purpose === 'batch' ? createdAt + batchLifetime : null
}

/** In UTF-16 units. */
const maxFileNameLength = 512

/**
 * The name under which a file is stored: the last part of a path, without control characters and without marks that
 * change the direction of text, which can make `txt.exe` look like `exe.txt`. Empty when nothing is left.
 */
export function plainFileName(given: string): string {
  const name = withoutMisleadingSigns(given.toWellFormed().split(/[/\\]/).at(-1) ?? '')
  return name === '.' || name === '..' ? '' : name
}

const withoutMisleadingSigns = (given: string): string =>
  given
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- these are what is taken out
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '')
    .trim()

/** A name to be shown. It is never used as a path on this machine. */
export const fileName = z.string().transform(plainFileName).check(refuseWhen(lengthOfName))

/** A name as an answer of the API contains it. A file that code interpreter made may be named by its path there. */
export const answeredFileName = z.string().transform(withoutMisleadingSigns).check(refuseWhen(lengthOfName))

function lengthOfName(value: string): Refusal | undefined {
  if (value !== '' && value.length <= maxFileNameLength) return undefined
  return {
    code: 'invalid_value',
    message: `Invalid '{param}'. Expected a file name of 1 to ${maxFileNameLength} characters, but got one of ${value.length}.`,
  }
}

/**
 * The error text when a message cannot show a file of this name as an image. Names without an extension are accepted.
 */
export const refusedAsImage = (filename: string): string | undefined => {
  const extension = extensionOf(filename)
  if (extension === '' || ['jpeg', 'jpg', 'png', 'gif', 'webp'].includes(extension)) return undefined
  return `Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif, .webp but got .${extension}.`
}

const extensionOf = (filename: string) => /\.([^./\\]+)$/.exec(filename)?.[1]?.toLowerCase() ?? ''
