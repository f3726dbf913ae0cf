import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { BlobTooLarge, type Stored } from './blobs.ts'

/** What is larger goes in parts of this size, in bytes. One is in memory at a time, and twice while it is put together. */
const partBytes = 16 * 2 ** 20

/**
 * Puts an object while its content arrives; it is there, whole, when this resolves. Where the content breaks off, or is
 * larger than `maxBytes`, the parts that were sent are given up. The signature of each request has the SHA-256 of its body,
 * which the server compares.
 */
export async function uploadObject(
  { client, Bucket, Key }: { client: S3Client; Bucket: string; Key: string },
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  async function* measured(): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of content) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw new BlobTooLarge(`more than ${maxBytes} bytes`)
      hash.update(chunk)
      yield chunk
    }
  }
  const upload = new Upload({
    client,
    params: { Bucket, Key, Body: Readable.from(measured()) },
    partSize: partBytes,
    queueSize: 1,
  })
  await upload.done()
  return { bytes, sha256: hash.digest('hex') }
}
