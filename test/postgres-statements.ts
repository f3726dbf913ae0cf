import { Connection, type Client } from 'pg'

/** A statement as it was sent to PostgreSQL. */
export interface SentStatement {
  text: string
  values: (string | Buffer | null)[]
}

/** The part of the driver's connection that sends what is prepared. */
interface Sending {
  parse: (this: object, statement: { text: string; name: string }) => void
  bind: (this: object, config: { statement: string; values: SentStatement['values'] }) => void
}

/** Records what the store sends to PostgreSQL from now on. */
export function recordStatements() {
  const sending = Connection.prototype as unknown as Sending
  const { parse, bind } = sending
  const prepared = new WeakMap<object, Map<string, string>>()
  let sent: SentStatement[] = []
  sending.parse = function (statement) {
    const known = prepared.get(this) ?? new Map<string, string>()
    prepared.set(this, known.set(statement.name, statement.text))
    parse.call(this, statement)
  }
  sending.bind = function (config) {
    const text = prepared.get(this)?.get(config.statement) ?? ''
    if (!/^(begin|commit|rollback|set local)\b/.test(text)) sent.push({ text, values: config.values })
    bind.call(this, config)
  }
  return {
    /** Those since the last call. */
    take() {
      const taken = sent
      sent = []
      return taken
    },
    [Symbol.dispose]() {
      Object.assign(sending, { parse, bind })
    },
  }
}

interface Plan {
  'Node Type'?: string
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/** How many rows the database finds by an index and then leaves out because they do not match. Changes nothing. */
export async function rowsLeftOut(client: Client, { text, values }: SentStatement): Promise<number> {
  await client.query('begin; set local enable_seqscan = off; set local enable_bitmapscan = off')
  try {
    const { rows } = await client.query(`explain (analyze, format json) ${text}`, values)
    const [{ 'QUERY PLAN': json }] = rows as [{ 'QUERY PLAN': string }]
    const [{ Plan: plan }] = JSON.parse(json) as [{ Plan: Plan }]
    return rowsOf(plan)
  } finally {
    await client.query('rollback')
  }
}

function rowsOf(plan: Plan): number {
  const each =
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Join Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0)
  // A table without an index for it is read as a whole, whatever is asked for.
  const own = plan['Node Type'] === 'Seq Scan' ? 0 : Math.round(each * (plan['Actual Loops'] ?? 0))
  return (plan.Plans ?? []).reduce((sum, one) => sum + rowsOf(one), own)
}
