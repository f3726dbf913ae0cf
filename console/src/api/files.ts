import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { FileObject, UploadPurpose } from '../../../src/contract/files.ts'
import { baseURL } from './client.ts'

export type { FileObject, UploadPurpose }

/** A file does not change, except that it can be deleted. */
export const fileQuery = (client: OpenAI, id: string) =>
  queryOptions({
    queryKey: ['/files', 'one', id],
    queryFn: ({ signal }) => client.get<FileObject>(`/files/${encodeURIComponent(id)}`, { signal }),
    staleTime: 60_000,
  })

/** In bytes: what the server takes at most. */
export const largestFile = 512 * 1024 * 1024

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

/** Keeps the content of a file on this computer. It is never opened as a page of this origin. */
export async function downloadFile(client: OpenAI, { id, filename }: FileObject): Promise<void> {
  const content = await (await client.files.content(id)).blob()
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = Object.assign(document.createElement('a'), { href: address, download: filename })
  link.click()
  // The browser has begun to write when it gets to this task.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** The beginning of a file, at most `limit` bytes. The rest is not read. */
export async function readBeginning(
  client: OpenAI,
  id: string,
  { limit, signal }: { limit: number; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await client.files.content(id, { signal })
  const bytes = new Uint8Array(limit)
  let length = 0
  const reader = body!.getReader()
  while (length < limit) {
    const { done, value } = await reader.read()
    if (done) break
    const taken = value.subarray(0, limit - length)
    bytes.set(taken, length)
    length += taken.length
  }
  await reader.cancel()
  return bytes.subarray(0, length)
}
