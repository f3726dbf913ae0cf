import type OpenAI from 'openai'
import type { UploadPurpose } from '../../../src/contract/files.ts'
import { baseURL } from './client.ts'

export type FileObject = OpenAI.FileObject
export type { UploadPurpose }

/** In bytes: what the server takes at most. */
export const largestFile = 512 * 1024 * 1024

/** In UTF-16 units. */
const longestName = 512

/** Why the server would refuse a file, as far as that is known before it is sent. */
export function whyRefused({ name, size }: File): string | undefined {
  if (size > largestFile) return `It is larger than ${largestFile / 1024 / 1024} MB.`
  return name.length > longestName ? `Its name is longer than ${longestName} characters.` : undefined
}

interface Upload {
  file: File
  purpose: UploadPurpose
  /** Called with the share of the file that has been sent, from 0 to 1. */
  onProgress: (share: number) => void
  signal: AbortSignal
}

/**
 * Uploads a file. `fetch`, which the official client uses, tells a page nothing of how much has been sent; this request
 * does. Rejects with an error whose message is the server's own.
 */
export function uploadFile(
  client: OpenAI,
  { file, purpose, onProgress, signal }: Upload,
): Promise<FileObject> {
  const form = new FormData()
  form.set('purpose', purpose)
  form.set('file', file)
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `${baseURL}/files`)
    request.setRequestHeader('authorization', `Bearer ${client.apiKey}`)
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(loaded / total))
    request.addEventListener('load', () => {
      if (request.status === 200) resolve(request.response as FileObject)
      else reject(new Error(messageIn(request.response) ?? `The server answered ${request.status}.`))
    })
    request.addEventListener('error', () =>
      reject(new Error('The connection was lost before the file had arrived.')),
    )
    request.addEventListener('abort', () => reject(new Error('Stopped.')))
    signal.addEventListener('abort', () => request.abort())
    request.send(form)
  })
}

const messageIn = (body: { error?: { message?: string } } | null) => body?.error?.message
