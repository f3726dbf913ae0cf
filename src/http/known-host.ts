import { ApiError, cut } from '../errors/errors.ts'

/** Whether a host, as it stands in an address without its port, can only be this machine. */
const isLoopbackName = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Refuses requests to a server on loopback that name another host. A web page whose name was made to lead to this machine
 * (DNS rebinding) would otherwise be a page of the server's own origin for the browser. `names` are further names that the
 * operator knows, such as that of a proxy in front of the server. Returns undefined when the request may go on.
 */
export function refuseUnknownHost(
  header: string | undefined,
  names: readonly string[],
): ApiError | undefined {
  // Every browser sends the header.
  if (header === undefined) return undefined
  const host = header.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  if (isLoopbackName(host) || names.includes(host)) return undefined
  return new ApiError(
    403,
    `This server listens on loopback and does not know the host '${cut(host)}'. Name it in THREADMILL_ALLOWED_HOSTS if it is that of a proxy in front of the server.`,
    { code: 'host_not_allowed' },
  )
}
