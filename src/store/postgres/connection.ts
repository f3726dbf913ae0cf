import { Client, type ClientConfig, type Pool, type PoolClient } from 'pg'
import { CannotStart } from '../../errors/errors.ts'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'
import { connectFailure } from './connect-failure.ts'
import { hasTimedOut, isUnavailable } from './errors.ts'
import type { PostgresSettings } from './settings.ts'
import { isTransactionPooled, TransactionPooler } from './transaction-pooler.ts'

/** How long to wait for a connection, in milliseconds. */
export const connectTimeoutMs = 5_000

/**
 * Opens a connection that is not shared, for statements outside of our transactions. The caller must end it. Throws
 * DatabaseUnavailable, or CannotStart when waiting does not help, both with a sentence for the operator.
 */
export async function connectAlone(settings: PostgresSettings, url = settings.url): Promise<Client> {
  const connect = async () => {
    const client = new Client({ ...connectionOf(settings, url), connectionTimeoutMillis: connectTimeoutMs })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  let client: Client | undefined
  try {
    client = await connect()
    if (!pooled(settings, url) && (await isTransactionPooled(client, connect))) throw new TransactionPooler()
    return client
  } catch (error) {
    client?.end().catch(() => {})
    const failure = connectFailure(error, url)
    throw isUnavailable(error)
      ? new DatabaseUnavailable(failure, { cause: error })
      : new CannotStart(failure, { cause: error })
  }
}

/**
 * Throws DatabaseUnavailable whatever is in the way, also a role, a password or a certificate that was changed: nothing was
 * sent, and it may be mended while we run.
 */
export async function connectFrom(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    if (pool.ending) throw error
    throw new DatabaseUnavailable((error as Error).message, { cause: error })
  }
}

/** In place of what a role or a database has: migrations and moves take as long as they take, and we close idle sessions. */
const unlimited = ['statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout']
  .map((name) => `-c ${name}=0`)
  .join(' ')

/** Types of whole numbers and of their sums. Values that JavaScript cannot represent do not occur. */
const wholeNumbers = new Set([20, 21, 23, 1700])

export function connectionOf(settings: PostgresSettings, url = settings.url): ClientConfig {
  const { schema, statementTimeoutMs } = settings
  const { connectionString, options } = readAddress(url)
  return {
    connectionString,
    application_name: 'threadmill',
    keepAlive: true,
    // A host that has disappeared answers nothing and cannot end the statement either.
    ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 5_000 }),
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: decoderOf } as unknown as NonNullable<ClientConfig['types']>,
    // A pooler refuses parameters that it does not know. Behind a pooler, they are set at the beginning of each
    // transaction.
    ...(pooled(settings, url)
      ? { options }
      : {
          statement_timeout: statementTimeoutMs,
          idle_in_transaction_session_timeout: statementTimeoutMs,
          options: `${unlimited} ${options} -c search_path=${schema}`,
        }),
  }
}

/**
 * The driver would take `options` of the address in place of ours, and would verify certificates also where `sslmode` asks
 * only for encryption.
 */
function readAddress(url: string): { connectionString: string; options: string } {
  const address = new URL(url)
  const options = address.searchParams.get('options') ?? ''
  address.searchParams.delete('options')
  if (address.searchParams.has('sslmode') && !address.searchParams.has('uselibpqcompat'))
    address.searchParams.set('uselibpqcompat', 'true')
  return { connectionString: address.href, options }
}

const bytea = 17
/** In the hexadecimal form, or in the older one, which a role may have for its sessions (`bytea_output`). */
const bytesOf = (text: string) =>
  text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : Buffer.from(unescaped(text), 'latin1')
const unescaped = (text: string) =>
  text.replace(/\\(\\|[0-7]{3})/g, (_, sign: string) =>
    sign === '\\' ? sign : String.fromCharCode(Number.parseInt(sign, 8)),
  )
const asItIs = (text: string) => text

/** How to read a value of this type from the text that the server sends. */
export const decoderOf = (type: number): ((text: string) => unknown) =>
  wholeNumbers.has(type) ? Number : type === bytea ? bytesOf : asItIs

/** Whether there is a pooler in between that may give each transaction another session. */
export const pooled = ({ listenUrl, url }: PostgresSettings, of = url) =>
  listenUrl !== undefined && of === url

/** Converts the error of a query to `DatabaseUnavailable` when the database cannot be reached. */
export async function asDatabaseError<T>(work: Promise<T>, { whileCommitting = false } = {}): Promise<T> {
  try {
    return await work
  } catch (error) {
    // There was no connection, so nothing was sent.
    if (error instanceof DatabaseUnavailable) throw error
    if (isUnavailable(error))
      throw new DatabaseUnavailable((error as Error).message, {
        cause: error,
        whileCommitting,
        timedOut: hasTimedOut(error),
      })
    throw error
  }
}
