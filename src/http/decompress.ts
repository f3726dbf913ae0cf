import { pipeline, Readable, type Transform } from 'node:stream'
import { ReadableStream } from 'node:stream/web'
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { ApiError, invalid } from '../errors/errors.ts'
import type { Request } from './call.ts'

const decoders = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
])

/**
 * Decompresses a body that a client or a proxy has compressed. The reader of the body counts the decompressed bytes, so
 * a small body that becomes very large is refused like any large body.
 */
export function decompressBody(c: Request): void {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase()
  const { raw } = c.req
  if (!encoding || encoding === 'identity' || !raw.body) return
  const decoder = decoders.get(encoding)
  if (!decoder) {
    throw new ApiError(
      415,
      `Unsupported content encoding: '${encoding.slice(0, 100)}'. Supported are: ${[...decoders.keys()].join(', ')}.`,
    )
  }
  const headers = new Headers(raw.headers)
  headers.delete('content-encoding')
  // This header gives the number of compressed bytes.
  headers.delete('content-length')
  const body: unknown = ReadableStream.from(decompressed(raw.body as ReadableStream<Uint8Array>, decoder()))
  c.req.raw = new globalThis.Request(raw.url, {
    method: raw.method,
    headers,
    body,
    signal: raw.signal,
    duplex: 'half',
  } as RequestInit)
}

async function* decompressed(
  body: ReadableStream<Uint8Array>,
  decoder: Transform,
): AsyncGenerator<Uint8Array, void> {
  // When the body breaks off, this destroys the decoder, and the reader of the decoder gets the error.
  pipeline(Readable.fromWeb(body), decoder, () => {})
  try {
    yield* decoder as AsyncIterable<Uint8Array>
  } catch (error) {
    if (/^(Z_|ZSTD_|ERR__)/.test(errorCode(error)))
      throw invalid('The body of your request could not be decompressed.')
    throw error
  }
}

const errorCode = (error: unknown) => String((error as { code?: unknown } | undefined)?.code)
