import { createPublicFetch, type PublicFetch } from './public-fetch.ts'

const onlyPublic = createPublicFetch()

/**
 * Downloads a file from an address that a caller gave, up to `maxBytes`. Private and loopback addresses are refused where `fetch`
 * does not allow them, and redirects are not followed. Rejects when the download fails.
 */
export async function downloadPublic(
  address: string,
  maxBytes: number,
  signal: AbortSignal,
  fetch: PublicFetch = onlyPublic,
): Promise<Buffer> {
  const response = await fetch(address, { signal })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`answered ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What of a model says which addresses its provider loads by itself, by media types. */
export interface LoadsAddresses {
  supportedUrls: Record<string, RegExp[]> | PromiseLike<Record<string, RegExp[]>>
}

/** Whether a provider loads the picture at an address by itself. */
export async function loadsPicture({ supportedUrls }: LoadsAddresses, address: string): Promise<boolean> {
  const supported = Object.entries(await supportedUrls)
  return supported.some(([type, urls]) => /^(\*|image)/.test(type) && urls.some((url) => url.test(address)))
}
