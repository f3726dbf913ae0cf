import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { ByteRange } from './blobs.ts'

interface Source {
  client: S3Client
  Bucket: string
  Key: string
}

/** How often a connection may break without a byte in between. */
const maxBreaks = 4

/**
 * The content of an object. A connection that breaks in the middle, or that ends because the reader takes long, is followed
 * by another one for the bytes that are missing. `failure` makes of the client's error what the reader is given.
 */
export function readObject(source: Source, range: ByteRange, failure: (error: unknown) => Error): Readable {
  const stop = new AbortController()
  const content = Readable.from(bytesOf(source, range, { failure, signal: stop.signal }), {
    objectMode: false,
  })
  // A generator that waits for the server hears of its reader's end only when that answers.
  return content.once('close', () => stop.abort())
}

async function* bytesOf(
  source: Source,
  { start, end }: ByteRange,
  { failure, signal }: { failure: (error: unknown) => Error; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void> {
  let at = start
  // A range of S3 counts the last byte in, and so has no word for nothing.
  let last = end !== undefined && end <= start ? start : undefined
  for (let breaks = 0; last === undefined || at < last;) {
    const { body, bytes } = await ask(source, { start: at, end: last ?? end }, signal).catch(
      (error: unknown) => {
        throw failure(error)
      },
    )
    last ??= at + bytes
    const destroy = () => void body.destroy()
    signal.addEventListener('abort', destroy, { once: true })
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        at += chunk.byteLength
        breaks = 0
        yield chunk
      }
      if (at < last) throw new Error('the content ended early')
    } catch (error) {
      if (++breaks > maxBreaks || signal.aborted) throw failure(error)
    } finally {
      signal.removeEventListener('abort', destroy)
      destroy()
    }
  }
}

/** What is beyond the end of the object is nothing, as in a file. */
const rangeNotSatisfiable = 416

async function ask(
  { client, Bucket, Key }: Source,
  { start, end }: ByteRange,
  signal: AbortSignal,
): Promise<{ body: Readable; bytes: number }> {
  const Range =
    start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? '' : end - 1}`
  try {
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket, Key, Range }), {
      abortSignal: signal,
    })
    return { body: Body as Readable, bytes: ContentLength }
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    if (status !== rangeNotSatisfiable) throw error
    return { body: Readable.from([]), bytes: 0 }
  }
}
