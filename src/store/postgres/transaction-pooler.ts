import type { Client } from 'pg'

/** Sessions are needed that stay: for notifications, locks, prepared statements, and the schema in which tables are. */
export class TransactionPooler extends Error {
  override name = 'TransactionPooler'
  constructor() {
    super(
      'a pooler is in between that gives each transaction another session: name PostgreSQL itself in ' +
        'THREADMILL_DATABASE_LISTEN_URL as well',
    )
  }
}

/**
 * Whether there is a pooler between `client` and PostgreSQL that gives each transaction another session, such as PgBouncer
 * where it ignores the parameters of our sessions. `connect` opens another connection of the same kind.
 */
export async function isTransactionPooled(client: Client, connect: () => Promise<Client>): Promise<boolean> {
  // A pooler names processes of its own.
  if ((await processOf(client)) === (client as unknown as { processID?: number }).processID) return false
  const other = await connect()
  try {
    // A session that two connections have in turn belongs to neither. A pooler gives away what was just given back.
    return (await processOf(client)) === (await processOf(other))
  } finally {
    await other.end()
  }
}

async function processOf(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]?.pid
}
