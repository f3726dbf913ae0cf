import { readAddress } from './address.ts'

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
    if (value === '') return ''
    const found = readAddress(value)
    if ('url' in found) return found.url
    problems.push(`${name} ${found.problem}`)
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
