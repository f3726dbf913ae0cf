import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { Blobs } from '../store/blobs.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'
import type { LoadImage } from './prompt.ts'
import { RunFailure } from './run-failure.ts'

const mostBytes = 20 * 2 ** 20
const patience = 20_000

/**
 * How pictures reach this model: those it fetches by itself stay a URL, all others are read here. A URL comes from a
 * stranger: private and loopback addresses are refused, so that nobody reads this machine's neighbours through it.
 */
export function imageLoader(
  { db, blobs }: { db: Reader; blobs: Blobs },
  project: string,
  model: LanguageModelV4,
  signal: AbortSignal,
): LoadImage {
  return async (image) => {
    const part = await load(image)
    const { detail = 'auto' } = image
    return part.type === 'text' || detail === 'auto'
      ? part
      : { ...part, providerOptions: { openai: { imageDetail: detail } } }
  }

  async function load(image: Parameters<LoadImage>[0]): ReturnType<LoadImage> {
    if ('file_id' in image) {
      const file = await getFile(db, project, image.file_id)
      if (!file) return { type: 'text', text: `[picture ${image.file_id}, deleted since]` }
      const chunks: Uint8Array[] = []
      for await (const chunk of blobs.open(file.id)) chunks.push(chunk as Uint8Array)
      return picture(Buffer.concat(chunks))
    }
    const inline = /^data:(image\/[a-z+]+);base64,(.*)$/is.exec(image.url)
    if (inline?.[2] !== undefined) return picture(Buffer.from(inline[2], 'base64'))
    const supported = Object.entries(await model.supportedUrls)
    if (
      supported.some(([type, urls]) => /^(\*|image)/.test(type) && urls.some((url) => url.test(image.url)))
    ) {
      return { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL(image.url) } }
    }
    return picture(await download(image.url, signal))
  }
}

const signatures: [type: string, bytes: number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46]],
]

function picture(bytes: Buffer) {
  const type = signatures.find(([, start]) => start.every((byte, at) => bytes[at] === byte))?.[0]
  if (!type)
    throw new RunFailure('invalid_prompt', 'A picture of the thread is not a .jpeg, .png, .gif or .webp.')
  return {
    type: 'file' as const,
    mediaType: type,
    data: { type: 'data' as const, data: new Uint8Array(bytes) },
  }
}

async function download(address: string, signal: AbortSignal): Promise<Buffer> {
  const failure = new RunFailure('invalid_prompt', `Error while downloading ${address.slice(0, 200)}.`)
  try {
    const url = new URL(address)
    await refusePrivate(url.hostname)
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    })
    if (!response.ok || !response.body) throw failure
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.byteLength
      if (size > mostBytes) throw failure
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (signal.aborted) throw error
    throw failure
  }
}

const notPublic = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
  ['64:ff9b::', 96],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6')
}

async function refusePrivate(hostname: string): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host) ? [{ address: host }] : await lookup(host, { all: true })
  for (const { address } of addresses) {
    if (notPublic.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
      throw new Error('not a public address')
  }
}
