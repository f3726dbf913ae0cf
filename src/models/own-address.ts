import { hostname, networkInterfaces } from 'node:os'

/**
 * True when a base URL leads to this server. People set OPENAI_BASE_URL for their client in the shell in which they
 * start the server, and the server would then be its own provider.
 */
export function leadsHere(baseUrl: string, own: { host: string; port: number }): boolean {
  const url = URL.parse(baseUrl)
  if (!url) return false
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (port !== own.port) return false
  const host = bare(url.hostname)
  if (host === bare(own.host)) return true
  const everywhere = ['0.0.0.0', '::', ''].includes(bare(own.host))
  if (isLoopback(host)) return everywhere || isLoopback(bare(own.host))
  return everywhere && isThisMachine(host)
}

const bare = (host: string) => host.toLowerCase().replace(/^\[|\]$/g, '')

const isLoopback = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.|^0\.0\.0\.0$/.test(host)

/** Whether a base URL leads to this machine by its loopback. */
export const isLocal = (baseUrl: string): boolean => isLoopback(bare(URL.parse(baseUrl)?.hostname ?? ''))

function isThisMachine(host: string): boolean {
  if (host === hostname().toLowerCase()) return true
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host))
}

/** What may be wrong with the address of a server with OpenAI's API. Other providers have other paths. */
export function addressHint({ type, baseUrl }: { type: string; baseUrl?: string }): string | undefined {
  if (baseUrl === undefined || (type !== 'openai' && type !== 'openai-compatible')) return undefined
  const path = (URL.parse(baseUrl)?.pathname ?? '').replace(/\/+$/, '')
  const route = /\/(chat\/completions|completions|models|responses|embeddings)$/.exec(path)?.[0]
  if (route !== undefined) return `the address of a provider ends before ${route}`
  return /\/v\d[^/]*$/.test(path) ? undefined : 'an address usually ends in /v1'
}
