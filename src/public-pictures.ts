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
const keptMs = 5 * 60_000

/**
 * What is looked at before a response begins is what its model is shown: the worker takes what was kept. `now` is in
 * milliseconds.
 */
export function createPublicPictures(fetch: PublicFetch, now = () => performance.now()): PublicPictures {
  const kept = new Map<string, { bytes: Buffer; until: number }>()
  let size = 0

  function drop(key: string): void {
    size -= kept.get(key)?.bytes.byteLength ?? 0
    kept.delete(key)
  }

  /** Those that were loaded first are dropped first. */
  function keep(key: string, bytes: Buffer): void {
    drop(key)
    kept.set(key, { bytes, until: now() + keptMs })
    size += bytes.byteLength
    for (const [first, { until }] of kept) if (size > maxKeptBytes || until <= now()) drop(first)
  }

  const download = (address: string, signal: AbortSignal) =>
    downloadPublic(address, maxPictureBytes, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]), fetch)
  const keyOf = ({ project, address }: PictureAddress) => `${project} ${address}`

  return {
    async load(of, signal) {
      const bytes = await download(of.address, signal)
      keep(keyOf(of), bytes)
      return bytes
    },
    async loaded(of, signal) {
      const found = kept.get(keyOf(of))
      return found && found.until > now() ? found.bytes : download(of.address, signal)
    },
  }
}
