import { lookup } from 'node:dns'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Downloads a file from an address that a caller gave, up to `maxBytes`. Private and loopback addresses are refused, so
 * that nobody can read the network of this machine through the server. The IP address is checked when the connection is
 * made, because a name may resolve to another address the second time. Redirects are not followed. Rejects when the
 * download fails.
 */
export async function downloadPublic(
  address: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const url = new URL(address)
  // Node does not call `lookup` for a host that is an IP address, so it is checked here.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) && isInside(host)) throw refused()
  const { get } = url.protocol === 'https:' ? https : http
  // Without an agent: a kept connection may have been made for another request, to an address that was not checked.
  const request = get(url, { agent: false, lookup: lookupPublic, signal })
  // An error after the response has begun is reported by the response itself, so this one may be ignored.
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  let size = 0
  const status = response.statusCode ?? 0
  if (status < 200 || status > 299) response.destroy(new Error(`answered ${status}`))
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const refused = () => new Error('not a public address')

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error || !first) callback(error ?? refused(), '')
    else if (addresses.some(({ address }) => isInside(address))) callback(refused(), '')
    else if (options.all) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
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

const isInside = (address: string) => notPublic.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
