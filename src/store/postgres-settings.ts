/** Where the rows are, when they are not in a file of the data folder. */
export interface PostgresSettings {
  /** As libpq takes it, with `sslmode` and the rest. */
  url: string
  /**
   * The database itself, where `url` leads to a pooler that gives each transaction another session, as PgBouncer does:
   * notifications need a session of their own, and statements are then not prepared.
   */
  listenUrl?: string | undefined
  /** Made where it is not there. */
  schema: string
  poolSize: number
  statementTimeoutMs: number
}

const schemaName = /^[a-z_][a-z0-9_]{0,62}$/

/** `read` gives a setting by its name, '' where it is not set. All problems at once, in words. */
export function readPostgresSettings(read: (name: string) => string): {
  database: PostgresSettings | undefined
  problems: string[]
} {
  const problems: string[] = []
  const address = (name: string) => {
    const value = read(name)
    // The value may hold a password.
    if (value !== '' && !isAddress(value))
      problems.push(`${name} must be an address that begins with postgres://`)
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

const isAddress = (value: string) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value)
