import { Client } from 'pg'

/** A statement as it was sent to PostgreSQL. */
export interface SentStatement {
  text: string
  values: (string | Buffer | null)[]
}

/** How a batch of the store gets to the driver (`store/postgres/batch.ts`). */
interface Sending {
  query: (this: object, batch: { statements?: SentStatement[] }, ...more: unknown[]) => unknown
}

/** Records what the store sends to PostgreSQL from now on. */
export function recordStatements() {
  const sending = Client.prototype as unknown as Sending
  const { query } = sending
  let sent: SentStatement[] = []
  sending.query = function (batch, ...more) {
    for (const { text, values } of batch.statements ?? [])
      if (!/^(begin|commit|rollback|set local)\b/.test(text)) sent.push({ text, values })
    return query.call(this, batch, ...more)
  }
  return {
    /** Those since the last call. */
    take() {
      const taken = sent
      sent = []
      return taken
    },
    [Symbol.dispose]() {
      sending.query = query
    },
  }
}

interface Plan {
  'Node Type'?: string
  'Actual Loops'?: number
  'Actual Rows'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/** How many rows the database finds by an index and then leaves out because they do not match. Changes nothing. */
export async function rowsLeftOut(client: Client, statement: SentStatement): Promise<number> {
  // A table without an index for it is read as a whole, whatever is asked for.
  const nodes = await nodesOf(client, statement, ['seqscan', 'bitmapscan'])
  return sumOf(nodes.filter((node) => node['Node Type'] !== 'Seq Scan').map(leftOutBy))
}

/** How many rows the database looks at where it goes from row to row by indexes, as in large tables. Changes nothing. */
export async function rowsRead(client: Client, statement: SentStatement): Promise<number> {
  const nodes = await nodesOf(client, statement, ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'])
  const scans = nodes.filter((node) => node['Node Type']?.endsWith('Scan'))
  return sumOf(
    scans.map((node) => leftOutBy(node) + (node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 0)),
  )
}

/** Runs a statement without these kinds of steps in its plan, and undoes it. */
async function nodesOf(client: Client, { text, values }: SentStatement, without: string[]): Promise<Plan[]> {
  await client.query(`begin; ${without.map((kind) => `set local enable_${kind} = off`).join('; ')}`)
  try {
    const { rows } = await client.query(`explain (analyze, format json) ${text}`, values)
    const [{ 'QUERY PLAN': json }] = rows as [{ 'QUERY PLAN': string }]
    const [{ Plan: plan }] = JSON.parse(json) as [{ Plan: Plan }]
    return withThoseBelow(plan)
  } finally {
    await client.query('rollback')
  }
}

const withThoseBelow = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(withThoseBelow)]

function leftOutBy(node: Plan): number {
  const each =
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)
  return Math.round(each * (node['Actual Loops'] ?? 0))
}

const sumOf = (numbers: number[]): number => numbers.reduce((sum, one) => sum + one, 0)
