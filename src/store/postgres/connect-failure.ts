import { serverOf } from './address.ts'

interface ConnectError {
  code?: string
  message: string
}

const unknownAuthority =
  'its certificate is of no authority that is known here: name the file with that of the authority in the address (sslrootcert=FILE)'

/** Codes of the system and of PostgreSQL, each with what it means and what to do. */
const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there: look at the address, and whether the server runs and listens on it',
  ENOENT:
    'there is no such socket: look at the host and the port of the address, and whether the server runs',
  ENOTFOUND: 'there is no host of that name: look at the address',
  EAI_AGAIN: 'the name of the host cannot be looked up now: look at the address and at the name service',
  EHOSTUNREACH: 'no way leads to that host: look at the address and at the network',
  ENETUNREACH: 'no way leads to that host: look at the address and at the network',
  '28P01': 'the password is refused: look at the one in the address, or in PGPASSWORD',
  '28000': 'the role is refused: look at the user in the address, and at pg_hba.conf of the server',
  '3D000': 'there is no database of that name: make it ("create database"), or name another one',
  '53300':
    'it takes no more connections: give servers fewer (THREADMILL_DATABASE_CONNECTIONS), or raise max_connections',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  '57P03': 'it is starting or shutting down: try again in a moment',
}

const byMessage: [RegExp, string][] = [
  [
    /^(timeout expired|timeout exceeded)/,
    'it does not answer: look at the address, at firewalls, and whether the server runs',
  ],
  [
    /^Connection terminated/,
    'the connection was ended before an answer: look whether it is PostgreSQL, and whether it wants sslmode=require',
  ],
  [
    /^unsupported startup parameter/,
    'it is a PgBouncer: name PostgreSQL itself in THREADMILL_DATABASE_LISTEN_URL as well',
  ],
  [/does not support SSL/, 'it offers no TLS: leave sslmode out of the address, or switch TLS on'],
  [
    /establishing an SSL connection/,
    'no TLS can be begun with it: look whether it is PostgreSQL, and at sslmode',
  ],
]

/**
 * Why no connection to PostgreSQL could be made, in a sentence for the operator, with the address but without what is secret
 * of it.
 */
export function connectFailure(error: unknown, url: string): string {
  const { code, message } = error as ConnectError
  const known = code === undefined ? undefined : reasons[code]
  const reason = known ?? byMessage.find(([said]) => said.test(message))?.[1]
  const source = code === undefined ? '' : ` (${code})`
  return `PostgreSQL at ${serverOf(url)} cannot be used: ${reason ?? message}${source}`
}
