import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from 'pg'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { onPostgres, postgresOf, sqliteOnly } from '../database.ts'
import { recordStatements, rowsLeftOut, type SentStatement } from '../postgres-statements.ts'
import {
  narrowedLists,
  requestsInTheMiddle,
  streams,
  walkedOperations,
  type NamingRequest,
} from '../naming-requests.ts'
import { raw } from '../raw.ts'
import { countStatements } from '../statements.ts'
import { createTwoProjects, fillProject, nobodys } from '../two-projects.ts'

type TwoProjects = Awaited<ReturnType<typeof createTwoProjects>>
const postgresOnly = { skip: !onPostgres && 'it is about locks and plans of PostgreSQL' }

/** Everything that names something: in its path, its middle, a cursor or a filter. */
async function allRequests(s: TwoProjects): Promise<NamingRequest[]> {
  const own = await fillProject(s.ours.client)
  return [...walkedOperations(s.ids), ...requestsInTheMiddle(own), ...narrowedLists(own), ...streams]
}

async function send(s: TwoProjects, { ask }: NamingRequest, of: Record<string, string>) {
  const { method, path, body } = ask(of)
  return raw(s.ours, method, path, body)
}

/** Asks for both, and compares what that has taken. What is done every second falls into some of the tries. */
async function assertSameWork(
  s: TwoProjects,
  request: NamingRequest,
  work: (of: Record<string, string>) => Promise<string[]>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const [forTheirs, forNobodys] = [await work(s.ids), await work(nobodys)]
    if (String(forTheirs) === String(forNobodys)) return
    if (tries === 20) assert.deepEqual(forTheirs, forNobodys, request.name)
  }
}

test('what another project has costs the statements and rows of what nobody has', sqliteOnly, async () => {
  using statements = countStatements()
  await using s = await createTwoProjects()
  let count = 0
  for (const request of await allRequests(s)) {
    await assertSameWork(s, request, async (of) => {
      statements.take()
      await send(s, request, of)
      const taken = statements.take()
      count += taken.length
      return taken.map(({ rows, text }) => `${rows} rows of ${text}`)
    })
  }
  assert.ok(count > 200, 'the statements are not counted')
})

test(
  'the database looks at the row of an id of another project, and at none of what belongs to it',
  postgresOnly,
  async () => {
    using statements = recordStatements()
    await using s = await createTwoProjects()
    const requests = await allRequests(s)
    await using client = await alone(await postgresOf(s.server.dataDir))
    let count = 0
    const rowsFor = async (request: NamingRequest, of: Record<string, string>) => {
      statements.take()
      await send(s, request, of)
      let rows = 0
      for (const statement of statements.take()) rows += await rowsOfTheirs(client, statement)
      count += rows
      return rows
    }
    for (const request of requests) {
      const [forTheirs, forNobodys] = [await rowsFor(request, s.ids), await rowsFor(request, nobodys)]
      // What is named is found in each part of a statement that looks for its id. Twelve things belong to it.
      assert.ok(forTheirs < forNobodys + 12, `${request.name}: ${forTheirs} rows, ${forNobodys} for nobody's`)
    }
    assert.ok(count > 20, 'the rows are not counted')
  },
)

/**
 * A change that has to find a row divides by zero where it finds none, and then the server passes over what comes behind it: here that has
 * no row to belong to.
 */
const rowsOfTheirs = (client: Client, { text, values }: SentStatement): Promise<number> =>
  rowsLeftOut(client, { text: text.replace('1 / count(*)', 'count(*)'), values }).catch(
    (error: { code?: string }) => {
      if (error.code === notNullViolation) return 0
      throw error
    },
  )
const notNullViolation = '23502'

test('nobody waits for what another project changes', postgresOnly, async () => {
  // So that whoever waits fails. It is for connections that are opened from now on.
  const settings = { ...(await postgresOf('')), statementTimeoutMs: 0 }
  await using client = await alone(settings)
  await client.query("alter role current_user set lock_timeout = '300ms'")
  await using s = await createTwoProjects()
  const requests = await allRequests(s)
  const { schema } = await postgresOf(s.server.dataDir)
  await client.query(`set search_path = ${schema}; begin`)
  for (const table of tablesOfProjects)
    await client.query(`select 1 from ${table} where project = 'default' for update`)
  await client.query(`select 1 from search_versions join vector_stores on id = vector_store_id
    where project = 'default' for update of search_versions`)
  for (const request of requests) {
    const [forTheirs, forNobodys] = [await send(s, request, s.ids), await send(s, request, nobodys)]
    assert.equal(forTheirs.status, forNobodys.status, request.name)
  }
  await client.query('rollback')
  await client.query('alter role current_user reset lock_timeout')
})

/** A connection that is closed, and rolled back, at the end of the test. */
async function alone(settings: PostgresSettings) {
  const client = await connectAlone(settings)
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() })
}

const tablesOfProjects = [
  'threads',
  'runs',
  'messages',
  'assistants',
  'vector_stores',
  'files',
  'uploads',
  'webhook_endpoints',
]
