import { Client, type ClientConfig } from 'pg'
import { DatabaseUnavailable } from './database.ts'
import { isUnavailable } from './postgres-errors.ts'
import type { PostgresSettings } from './postgres-settings.ts'

/** How long somebody waits for a connection, in milliseconds. */
export const connectTimeoutMs = 5_000

/** A connection that nobody shares, for what is no transaction of ours. The caller ends it. */
export async function connectAlone(settings: PostgresSettings, url = settings.url): Promise<Client> {
  const client = new Client({ ...connectionOf(settings, url), connectionTimeoutMillis: connectTimeoutMs })
  client.on('error', () => {})
  await asDatabaseError(client.connect())
  return client
}

/** Of whole numbers and of sums of them: those that JavaScript has no room for do not come about. */
const wholeNumbers = new Set([20, 21, 23, 1700])

export function connectionOf(settings: PostgresSettings, url = settings.url): ClientConfig {
  const { schema, statementTimeoutMs } = settings
  return {
    connectionString: url,
    application_name: 'threadmill',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: (oid: number) =>
        wholeNumbers.has(oid) ? Number : oid === bytea ? bytesOf : (text: string) => text,
    } as unknown as NonNullable<ClientConfig['types']>,
    // A pooler refuses what it does not know; what it is to set, `beginning` says in each transaction.
    ...(pooled(settings, url)
      ? {}
      : {
          statement_timeout: statementTimeoutMs,
          idle_in_transaction_session_timeout: statementTimeoutMs,
          options: `-c search_path=${schema}`,
        }),
  }
}

const bytea = 17
const bytesOf = (text: string) => Buffer.from(text.slice(2), 'hex')

/** Whether a pooler lies in between that gives each transaction another session. */
export const pooled = ({ listenUrl, url }: PostgresSettings, of = url) =>
  listenUrl !== undefined && of === url

/** What a query rejects with, where the database is out of reach: `DatabaseUnavailable`. */
export async function asDatabaseError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (isUnavailable(error)) throw new DatabaseUnavailable((error as Error).message, { cause: error })
    throw error
  }
}
