import type { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3'
import type { ByteRange, Stored } from './blobs.ts'
import type { S3Location } from './files-url.ts'
import { createS3Client } from './s3-client.ts'
import { readObject } from './s3-content.ts'
import { isMissing } from './s3-failure.ts'
import { uploadObject } from './s3-upload.ts'

/** Objects of a bucket below its prefix, which no key here has. Everything rejects with the client's own errors. */
export interface S3Objects {
  put(key: string, body: Uint8Array): Promise<void>
  /** As it arrives; throws BlobTooLarge. */
  upload(key: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Stored>
  /** `failure` makes of an error what the stream fails with. */
  read(key: string, range: ByteRange, failure: (error: unknown) => Error): Readable
  /** Quiet when there is none. */
  remove(key: string): Promise<void>
  /** Since it was put there, in milliseconds; undefined when there is none. */
  age(key: string): Promise<number | undefined>
  /** Of a folder, in the order of names, from the one after `after` on; `at` in milliseconds. */
  list(
    folder: string,
    after?: string,
    limit?: number,
  ): Promise<{ names: { name: string; bytes: number; at: number }[]; isLast: boolean }>
  /** Ends uploads in parts into a folder that were begun so long ago. */
  giveUpUploads(folder: string, olderThanMs: number): Promise<void>
  close(): void
}

/** `silenceMs`: how long the server may be silent. */
export function openS3Objects(location: S3Location, silenceMs?: number): S3Objects {
  const { bucket: Bucket, prefix } = location
  const client = createS3Client(location, silenceMs)
  const at = (key: string) => ({ Bucket, Key: prefix === '' ? key : `${prefix}/${key}` })
  const below = (folder: string) => ({ Bucket, Prefix: at(`${folder}/`).Key })

  return {
    put: async (key, body) => void (await client.send(new PutObjectCommand({ ...at(key), Body: body }))),
    upload: (key, content, maxBytes) => uploadObject({ client, ...at(key) }, content, maxBytes),
    read: (key, range, failure) => readObject({ client, ...at(key) }, range, failure),
    remove: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),
    async age(key) {
      try {
        const { LastModified } = await client.send(new HeadObjectCommand(at(key)))
        return Date.now() - (LastModified?.getTime() ?? Date.now())
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async list(folder, after, limit) {
      const { Prefix } = below(folder)
      const StartAfter = after === undefined ? undefined : Prefix + after
      const { Contents = [], IsTruncated } = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix, StartAfter, MaxKeys: limit }),
      )
      const names = Contents.map(({ Key = '', Size = 0, LastModified }) => ({
        name: Key.slice(Prefix.length),
        bytes: Size,
        at: LastModified?.getTime() ?? Date.now(),
      }))
      return { names, isLast: !IsTruncated }
    },
    async giveUpUploads(folder, olderThanMs) {
      let after: Pick<ListMultipartUploadsCommandOutput, 'NextKeyMarker' | 'NextUploadIdMarker'> = {}
      for (let more: boolean | undefined = true; more;) {
        const page: ListMultipartUploadsCommandOutput = await client.send(
          new ListMultipartUploadsCommand({
            ...below(folder),
            KeyMarker: after.NextKeyMarker,
            UploadIdMarker: after.NextUploadIdMarker,
          }),
        )
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Initiated && Date.now() - Initiated.getTime() > olderThanMs)
            await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
        }
        after = page
        more = page.IsTruncated
      }
    },
    close: () => client.destroy(),
  }
}
