import { LRUCache } from 'lru-cache'
import { downloadPublic } from './download-public.ts'
import type { PublicFetch } from './public-fetch.ts'

/** Where a caller says that a picture is. */
export interface PictureAddress {
  /** The project of the caller. What was loaded for one is not given to another. */
  project: string
  address: string
}

/** Loads pictures from addresses that callers gave. Both reject when that fails. */
export interface PublicPictures {
  /** Loads a picture that is about to be used, and keeps it for a while. */
  load(of: PictureAddress, signal: AbortSignal): Promise<Buffer>
  /** The picture as it was loaded last, or loaded now where it is not kept any more. */
  loaded(of: PictureAddress, signal: AbortSignal): Promise<Buffer>
}

/** Of one picture, in bytes. */
export const maxPictureBytes = 20 * 2 ** 20
const timeoutMs = 20_000
/** Of all pictures that are kept, in bytes. */
const maxKeptBytes = 64 * 2 ** 20
/** What the place of a picture takes besides its address: Node allocates small buffers in pieces of this size. */
const perPictureBytes = 8 * 2 ** 10
const keptMs = 5 * 60_000

/**
 * What is looked at before a response begins is what its model is shown: the worker takes what was kept. `now` is in
 * milliseconds.
 */
export function createPublicPictures(fetch: PublicFetch, now = () => performance.now()): PublicPictures {
  const kept = new LRUCache<string, Buffer>({
    maxSize: maxKeptBytes,
    sizeCalculation: ({ byteLength }, key) => byteLength + 2 * key.length + perPictureBytes,
    ttl: keptMs,
    ttlResolution: 0,
    perf: { now },
  })
  const download = (address: string, signal: AbortSignal) =>
    downloadPublic(address, maxPictureBytes, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), fetch)
  const keyOf = ({ project, address }: PictureAddress) => `${project} ${address}`

  return {
    async load(of, signal) {
      const bytes = await download(of.address, signal)
      kept.set(keyOf(of), bytes)
      return bytes
    },
    loaded: async (of, signal) => kept.get(keyOf(of)) ?? (await download(of.address, signal)),
  }
}
