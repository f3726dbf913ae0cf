import { badEncoding, isPercentEncoded } from '../blobs/percent-encoding.ts'

/** The database for the rows, when they are not in a file of the data folder. */
export interface PostgresSettings {
  /** An address in the form of libpq, with `sslmode` and other parameters. */
  url: string
  /**
   * The address of the database itself, when `url` leads to a pooler that gives each transaction another session, such
   * as PgBouncer. Notifications need a session of their own. Statements are then not prepared.
   */
  listenUrl?: string | undefined
  /** The schema is made when it does not exist. */
  schema: string
  poolSize: number
  statementTimeoutMs: number
}

/** Those of libpq that try without TLS, or with it, are not offered: a connection is encrypted or it is not. */
const sslModes = new Set(['disable', 'require', 'verify-ca', 'verify-full'])

/** Names of schemas that need no quotes. */
export const schemaName = /^[a-z_][a-z0-9_]{0,62}$/

/**
 * `read` returns a setting by its name, and '' when it is not set. All problems are reported together, as sentences.
 */
export function readPostgresSettings(read: (name: string) => string): {
  database: PostgresSettings | undefined
  problems: string[]
} {
  const problems: string[] = []
  const address = (name: string) => {
    const value = read(name)
    // The value is not repeated, because it may contain a password.
    if (value !== '' && !isAddress(value))
      problems.push(`${name} must be an address of one server that begins with postgres://`)
    else if (!isPercentEncoded(value)) problems.push(`${name} ${badEncoding}`)
    else if (value !== '' && !sslModes.has(new URL(value).searchParams.get('sslmode') ?? 'disable'))
      problems.push(`sslmode in ${name} must be one of ${[...sslModes].join(', ')}`)
    return value
  }
  const number = (name: string, max: number) => {
    const value = Number(read(name))
    if (!Number.isInteger(value) || value < 1 || value > max)
      problems.push(`${name} must be a whole number from 1 to ${max}`)
    return value
  }
  const url = address('THREADMILL_DATABASE_URL')
  const listenUrl = address('THREADMILL_DATABASE_LISTEN_URL')
  if (listenUrl !== '' && url === '')
    problems.push('THREADMILL_DATABASE_LISTEN_URL is for use with THREADMILL_DATABASE_URL, which is not set')
  const schema = read('THREADMILL_DATABASE_SCHEMA')
  if (!schemaName.test(schema))
    problems.push('THREADMILL_DATABASE_SCHEMA must be small letters, digits and underscores, at most 63')
  const poolSize = number('THREADMILL_DATABASE_CONNECTIONS', 1_000)
  const statementTimeoutMs = number('THREADMILL_DATABASE_TIMEOUT', 3_600) * 1_000
  if (url === '') return { database: undefined, problems }
  return {
    database: { url, schema, poolSize, statementTimeoutMs, ...(listenUrl !== '' && { listenUrl }) },
    problems,
  }
}

/** Whether a value is an address of PostgreSQL. */
export const isAddress = (value: string) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)
