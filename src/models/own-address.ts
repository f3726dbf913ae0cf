import { hostname, networkInterfaces } from 'node:os'

/**
 * Whether a base URL leads back to this server. People export OPENAI_BASE_URL for their client in the shell in which
 * they start the server, which would then be its own provider.
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

function isThisMachine(host: string): boolean {
  if (host === hostname().toLowerCase()) return true
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host))
}

/** Whether an address of OpenAI's wire lacks the `/v1` at its end; others have paths of their own. */
export const lacksVersion = ({ type, baseUrl }: { type: string; baseUrl?: string }): boolean =>
  baseUrl !== undefined &&
  (type === 'openai' || type === 'openai-compatible') &&
  !/\/v\d[^/]*\/?$/.test(URL.parse(baseUrl)?.pathname ?? '')
