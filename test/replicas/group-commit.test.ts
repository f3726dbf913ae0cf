import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pool, type Client } from 'pg'
import type { Answer } from '../../src/store/postgres/batch.ts'
import type { Database, Transaction } from '../../src/store/database.ts'
import { connectAlone, connectionOf } from '../../src/store/postgres/connection.ts'
import { createGroups } from '../../src/store/postgres/group-commit.ts'
import { migratePostgres } from '../../src/store/postgres/migrate.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { insertThread } from '../../src/store/threads.ts'
import { DatabaseUnavailable } from '../../src/errors/unavailable.ts'
import { createTrigger, dropSchema, postgresOf } from '../database.ts'
import { until } from '../runs.ts'

/** An empty database, and a connection beside it for what another server does. */
async function startStore(name: string) {
  const settings = await postgresOf(`group-commit ${name}`)
  await migratePostgres(settings)
  const db = openPostgres(settings)
  const other = await connectAlone(settings)
  return {
    db,
    other,
    ids: async () => (await db.all<{ id: string }>('select id from threads order by id')).map(({ id }) => id),
    async [Symbol.asyncDispose]() {
      await other.end()
      await db.close()
      await dropSchema(settings)
    },
  }
}

const put = (tx: Transaction, id: string) =>
  insertThread(tx, { id, project: 'p', body: { created_at: 1, metadata: {}, tool_resources: {} } })
const putAll = (db: Database, ids: string[]) => ids.map((id) => db.write((tx) => put(tx, id)))

/** Whether a session other than this one waits for `event`, as PostgreSQL names it. */
const waitsFor = async (other: Client, event: string) =>
  (await other.query('select 1 from pg_stat_activity where wait_event = $1', [event])).rows.length > 0

test('transactions that arrive together are one of the database, whichever of both promises they have', async () => {
  await using s = await startStore('together')
  const letters = ['a', 'b', 'c', 'd', 'e']
  await Promise.all(putAll(s.db, letters))
  const known = await s.db.all<{ xmin: string }>('select distinct cast(xmin as text) as xmin from threads')
  assert.equal(known.length, 1)
  await Promise.all(letters.map((id) => s.db.write((tx) => put(tx, `${id}2`), 'committed')))
  assert.deepEqual(
    await s.ids(),
    letters.flatMap((id) => [id, `${id}2`]),
  )
})

test('a transaction that fails undoes only itself, and its neighbours are not answered by what it had done', async () => {
  await using s = await startStore('failure')
  const effects: string[] = []
  const refusal = new Error('refused')
  const results = await Promise.allSettled([
    s.db.write((tx) => {
      put(tx, 'a')
      tx.afterCommit(() => effects.push('never'))
      tx.send("insert into threads (id) values ('invalid')")
    }),
    s.db.write((tx) => {
      put(tx, 'a')
      tx.afterCommit(() => effects.push('a'))
    }),
    s.db.write((tx) => tx.sendChange(() => refusal, "update threads set removed = 1 where id = 'none'")),
    s.db.write((tx) => {
      put(tx, 'b')
      tx.afterCommit(() => effects.push('b'))
    }),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.match(String((results[0] as PromiseRejectedResult).reason), /not-null/)
  assert.equal((results[2] as PromiseRejectedResult).reason, refusal)
  assert.deepEqual(effects.toSorted(), ['a', 'b'])
  assert.deepEqual(await s.ids(), ['a', 'b'])
})

test('what waits for a lock holds nobody up that came with it or comes later', async () => {
  await using s = await startStore('lock')
  await Promise.all(putAll(s.db, ['a']))
  await s.other.query('begin')
  await s.other.query("select 1 from threads where id = 'a' for update")
  let waited = false
  const waiting = s.db.write((tx) => tx.send("update threads set active_at = 9 where id = 'a'"))
  void waiting.then(() => (waited = true))
  await Promise.all(putAll(s.db, ['b', 'c']))
  await Promise.all(putAll(s.db, ['d', 'e']))
  assert.deepEqual(await s.ids(), ['a', 'b', 'c', 'd', 'e'])
  assert.equal(waited, false)
  await s.other.query('commit')
  await waiting
  assert.deepEqual(await s.db.all("select active_at from threads where id = 'a'"), [{ active_at: 9 }])
})

test('what has waited for a lock goes together with others again when it comes the next time', async () => {
  await using s = await startStore('after a lock')
  await Promise.all(putAll(s.db, ['a', 'b']))
  const touchBoth = () =>
    Promise.all(
      ['a', 'b'].map((id) =>
        s.db.write((tx) => tx.send('update threads set active_at = 9 where id = ?', id)),
      ),
    )
  await s.other.query('begin')
  await s.other.query("select 1 from threads where id = 'a' for update")
  const waiting = touchBoth()
  // The group has been undone when one of its members is on disk without the other.
  await until(async () => (await s.db.all('select 1 from threads where active_at = 9')).length === 1)
  await s.other.query('commit')
  await waiting
  await touchBoth()
  const known = await s.db.all('select distinct cast(xmin as text) as xmin from threads')
  assert.equal(known.length, 1)
})

test('transactions that lock the same rows in another order all come to an end', async () => {
  await using s = await startStore('order')
  await Promise.all(putAll(s.db, ['a', 'b']))
  const add = (id: string) =>
    s.db.write((tx) => tx.send('update threads set active_at = active_at + 1 where id = ?', id))
  const before = await s.db.all<{ active_at: number }>('select active_at from threads order by id')
  for (let round = 0; round < 10; round++)
    await Promise.all([
      add('a'),
      add('b'),
      new Promise(setImmediate).then(() => Promise.all([add('b'), add('a')])),
    ])
  const after = await s.db.all<{ active_at: number }>('select active_at from threads order by id')
  assert.deepEqual(
    after.map(({ active_at }, index) => active_at - (before[index]?.active_at ?? 0)),
    [20, 20],
  )
})

test('a statement that takes long holds nobody up, whether it writes or reads', async () => {
  await using s = await startStore('slow')
  await createTrigger(s.db, {
    name: 'takes_long',
    on: 'before insert on threads',
    when: "new.id = 'slow'",
    does: { run: 'perform pg_sleep(30)' },
  })
  await Promise.all(putAll(s.db, ['a']))
  const slow = [...putAll(s.db, ['slow']), s.db.get('select 1 from pg_sleep(30)')]
  const ended = Promise.allSettled(slow)
  await Promise.all([...putAll(s.db, ['b', 'c']), s.db.get("select 1 from threads where id = 'a'")])
  await until(
    async () =>
      (
        await s.other.query(
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'",
        )
      ).rows.length === 2,
  )
  assert.deepEqual(
    (await ended).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual(await s.ids(), ['a', 'b', 'c'])
})

test('a read that fails fails alone', async () => {
  await using s = await startStore('read')
  const [one, failed, two] = await Promise.allSettled([
    s.db.get('select 1 as n'),
    s.db.get('select 1 / 0 as n'),
    s.db.all('select 2 as n'),
  ])
  assert.deepEqual(
    [one, two],
    [
      { status: 'fulfilled', value: { n: 1 } },
      { status: 'fulfilled', value: [{ n: 2 }] },
    ],
  )
  assert.match(String(failed.status === 'rejected' && failed.reason), /division by zero/)
})

test('reads whose session has ended are sent once more', async () => {
  await using s = await startStore('reads of ended sessions')
  const ids = ['a', 'b', 'c']
  const reading = Promise.all(ids.map((id) => s.db.get<{ id: string }>('select ? as id, pg_sleep(0.05)', id)))
  await until(() => waitsFor(s.other, 'PgSleep'))
  await s.other.query("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
  assert.deepEqual(
    (await reading).map((row) => row?.id),
    ids,
  )
})

test('what cannot be written fails alone, and its connection goes on', async () => {
  const settings = await postgresOf('group-commit unwritable')
  const pool = new Pool({ ...connectionOf(settings), max: 1 })
  pool.on('connect', (client) => client.on('error', () => {}))
  const groups = createGroups({
    connect: () => pool.connect(),
    connections: 4,
    prepare: (text) => ({ text, values: [] }),
  })
  const ask = (...values: unknown[]) =>
    new Promise<Answer>((resolve, reject) =>
      groups.add({
        statements: [{ text: 'select cast($1 as text) as n', values: values as string[], resolve, reject }],
      }),
    )
  const [failed, other] = await Promise.allSettled([ask({}), ask('1')])
  assert.match(String(failed.status === 'rejected' && failed.reason), /a statement cannot be written/)
  assert.deepEqual(other.status === 'fulfilled' && other.value.rows, [{ n: '1' }])
  assert.equal(pool.totalCount, 1)
  await groups.idle()
  await pool.end()
})

test('a statement that is refused before its columns are known has them the next time', async () => {
  await using s = await startStore('columns')
  const read = (value: string) => s.db.get('select cast(? as bigint) + 1 as n', value)
  await assert.rejects(read('x'), /invalid input syntax/)
  assert.deepEqual(await read('1'), { n: 2 })
  assert.deepEqual(await Promise.all([read('2'), read('3')]), [{ n: 3 }, { n: 4 }])
})

test('a statement with more values than the protocol can count fails alone', async () => {
  await using s = await startStore('values')
  const many = Array.from({ length: 65_536 }, (_, at) => at)
  const [failed, other] = await Promise.allSettled([
    s.db.get(`select ${many.map(() => '?').join(' + ')} as n`, ...many),
    s.db.get('select 1 as n'),
  ])
  assert.match(String(failed.status === 'rejected' && failed.reason), /at most 65535 values/)
  assert.deepEqual(other, { status: 'fulfilled', value: { n: 1 } })
})

test('when the session of a group ends in its commit, none of it is sent again, and each is told', async () => {
  await using s = await startStore('ended')
  // At the commit, where no time is measured.
  await s.db.write(async (tx) => {
    await tx.run(`create function sleep() returns trigger language plpgsql as
      $$ begin perform pg_sleep(30); return null; end $$`)
    await tx.run(`create constraint trigger sleep after insert on threads deferrable initially deferred
      for each row when (new.id = 'b') execute function sleep()`)
  })
  let bodies = 0
  const writing = Promise.allSettled(
    ['a', 'b', 'c'].map((id) =>
      s.db.write((tx) => {
        bodies++
        put(tx, id)
      }),
    ),
  )
  await until(() => waitsFor(s.other, 'PgSleep'))
  await s.other.query("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
  for (const result of await writing) {
    const error = result.status === 'rejected' && result.reason
    assert.ok(error instanceof DatabaseUnavailable && error.whileCommitting, String(error))
  }
  assert.equal(bodies, 3)
  assert.deepEqual(await s.ids(), [])
  await Promise.all(putAll(s.db, ['a', 'c']))
  assert.deepEqual(await s.ids(), ['a', 'c'])
})

test('closing waits for what was asked before', async () => {
  await using s = await startStore('closing')
  const settings = await postgresOf('group-commit closing')
  const db = openPostgres(settings)
  const written = putAll(db, ['a', 'b', 'c'])
  await db.close()
  await Promise.all(written)
  assert.deepEqual(await s.ids(), ['a', 'b', 'c'])
})
