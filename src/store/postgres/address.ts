import { badEncoding, isPercentEncoded } from '../blobs/percent-encoding.ts'

/** Those of libpq that try without TLS, or with it, are not offered: a connection is encrypted or it is not. */
const sslModes = new Set(['disable', 'require', 'verify-ca', 'verify-full'])

/** The form of an address, for messages. */
export const addressForm = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE'

/** Words that follow the name of a setting. */
const notAnAddress =
  `must be an address of one server, ${addressForm}, where signs such as / ? # @ % in a password are written ` +
  'as %2F %3F %23 %40 %25'

/** Whether a value is meant as an address of PostgreSQL. */
export const isAddress = (value: string): boolean => /^postgres(ql)?:\/\//.test(value)

/**
 * The address that `value` is, or what is wrong with it, in words that follow the name of a setting and do not repeat the
 * value: it may contain a password.
 */
export function readAddress(value: string): { url: string } | { problem: string } {
  if (!isAddress(value)) return { problem: notAnAddress }
  if (!isPercentEncoded(value)) return { problem: badEncoding }
  const url = withoutEmptyHost(value)
  if (!URL.canParse(url)) return { problem: notAnAddress }
  const { hostname, pathname, hash, searchParams } = new URL(url)
  const hosts = [hostname, searchParams.get('host') ?? '']
  // A password that is not encoded ends where one of these signs begins another part.
  if (hash !== '' || pathname.includes('@') || hosts.some((host) => host.includes(',')))
    return { problem: notAnAddress }
  const mode = searchParams.get('sslmode') ?? 'disable'
  return sslModes.has(mode)
    ? { url }
    : { problem: `has sslmode=${mode}, which must be one of ${[...sslModes].join(', ')}` }
}

/**
 * libpq takes a user and a port before no host, as in `postgres://user@/database?host=/run/postgresql`. The standard of URLs
 * does not, so they become parameters, which libpq takes as well.
 */
function withoutEmptyHost(value: string): string {
  const [, scheme = '', user, password, port, rest = ''] =
    /^(\w+:\/\/)(?:([^@:/?#]*)(?::([^@/?#]*))?@)?(?::(\d*))?((?:[/?#].*)?)$/.exec(value) ?? []
  if (scheme === '' || (user === undefined && port === undefined)) return value
  const url = new URL(`${scheme}${rest}`)
  for (const [name, part] of Object.entries({ user, password, port }))
    if (part && !url.searchParams.has(name)) url.searchParams.set(name, decodeURIComponent(part))
  return url.href
}

/** The server of an address: the folder of its socket, or a host and a port. Contains no secret. */
export function serverOf(url: string): string {
  const { hostname, port, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (decodeURIComponent(hostname) || 'localhost')
  return host.startsWith('/') ? host : `${host}:${(searchParams.get('port') ?? port) || '5432'}`
}
