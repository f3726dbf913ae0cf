import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { expireRuns } from '../operations/expire-runs.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { noLog } from '../common/log.ts'
import { type Script } from '../models/scripted.ts'
import { openFolderBlobs } from '../store/blobs/folder.ts'
import { storeChores } from '../store/chores/chores.ts'
import { newestMessages } from '../store/messages.ts'
import { requestCancel } from '../store/runs.ts'
import { until } from '../../test/runs.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { startSweeper } from './sweeper.ts'
import { refuseEnds, dropTrigger } from '../../test/database.ts'
import { openWorker } from './worker-fixture.test.ts'

test('a run whose end cannot be written is taken up again, however busy its worker is', async () => {
  // The second attempt answers when its end can be written: a run whose first end was refused ends as failed where the next
  // write is not.
  const { promise: room, resolve: makeRoom } = Promise.withResolvers<void>()
  await using s = await openWorker(async (_prompt, call) => {
    if (call === 2) await room
    return call === 0 ? { hang: true } : { text: 'Done.' }
  })
  const busy = await s.queue()
  await until(async () => s.model.calls.length === 1)
  await refuseEnds(s.db)
  const run = await s.queue()
  await until(async () => s.model.calls.length === 2)
  await until(async () => (await s.read(run))?.attempt === 2)
  await dropTrigger(s.db, 'refuse_ends')
  makeRoom()
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.equal((await s.read(busy))?.status, 'in_progress')
})

for (const [what, kind, isWritten] of [
  ['was lost with the connection', 'on disk', true],
  ['was lost before it was written', 'on disk', false],
  ['of deltas was lost with the connection', 'committed', true],
  ['of deltas was lost before it was written', 'committed', false],
] as const)
  test(`a run goes on whose commit ${what}, and has one answer`, async () => {
    let loses = false
    const text = Array.from({ length: 20 }, (_, at) => `word${at} `)
    const model: Script = (_prompt, call) => {
      loses = call === 0
      return { text, delayMs: 10 }
    }
    await using s = await openWorker(model, (db) => ({
      ...db,
      async write(body, until) {
        const lost = loses && (until ?? 'on disk') === kind
        if (lost) loses = false
        if (!lost || isWritten) {
          const value = await db.write(body, until)
          if (!lost) return value
        }
        throw new DatabaseUnavailable('Connection terminated unexpectedly', { whileCommitting: true })
      },
    }))
    const run = await s.queue()
    const ended = await until(async () => {
      const now = await s.read(run)
      return now?.status !== 'in_progress' && now?.status !== 'queued' && now
    })
    assert.equal(ended.status, 'completed', JSON.stringify(ended.state.last_error))
    const messages = await newestMessages(s.db, 'p', run.thread_id, Number.MAX_SAFE_INTEGER, 10)
    assert.equal(messages.length, 1)
    const deltas = (await s.events(run)).filter(
      ({ event, attempt }) => event === 'thread.message.delta' && attempt === ended.attempt,
    )
    const shown = deltas.map(({ data }) => JSON.parse(data).delta.content[0].text.value).join('')
    assert.equal(shown, text.join(''))
  })

test('a worker that slept past its leases goes on with the runs that nobody took', async () => {
  let wake = () => {}
  const asleep = new Promise<void>((resolve) => (wake = resolve))
  await using s = await openWorker(async (_prompt, call) => {
    if (call === 0) await asleep
    return { text: 'Done.' }
  })
  const run = await s.queue()
  await until(async () => s.model.calls.length === 1)
  await s.db.write((tx) => tx.run('update runs set lease_until = 0 where id = ?', run.id))
  // The worker looks for work, its own lost runs included.
  const other = await s.queue()
  await until(async () => (await s.read(other))?.status === 'completed')
  wake()
  const ended = await until(async () => {
    const now = await s.read(run)
    return now?.status === 'completed' && now
  })
  assert.equal(ended.attempt, 1)
  assert.equal(s.model.calls.length, 2)
})

test('a cancel that another server took is not forgotten when the run turns to its caller at that moment', async () => {
  let answer = () => {}
  const thinking = new Promise<void>((resolve) => (answer = resolve))
  await using s = await openWorker(async () => {
    await thinking
    return { toolCalls: [{ name: 'look', arguments: {} }] }
  })
  const run = await s.queue(['look'])
  await until(async () => s.model.calls.length === 1)
  await s.db.write((tx) => requestCancel(tx, run.id))
  answer()
  await until(async () => (await s.read(run))?.status === 'cancelled')
  assert.ok((await s.events(run)).every(({ event }) => event !== 'thread.run.requires_action'))
})

test('a run that a lost worker let expire ends with an attempt of its own: its last deltas are not on disk', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await s.db.write((tx) =>
    tx.run(
      `update runs set status = 'in_progress', attempt = 1, losses = 1, expires_at = 1 where id = ?`,
      run.id,
    ),
  )
  const blobs = openFolderBlobs(join(s.folder, 'files'))
  await using cleanup = new AsyncDisposableStack()
  const sweeper = startSweeper({
    chores: [() => expireRuns(s.db, s.log), ...storeChores(s.db, blobs, {})],
    checkpoint: async () => {},
    log: noLog,
  })
  cleanup.defer(() => sweeper.close())
  await until(async () => (await s.read(run))?.status === 'expired')
  const last = (await s.events(run)).at(-1)
  assert.deepEqual([last?.event, last?.attempt], ['thread.run.expired', 2])
})

test('what a lost worker has shown of a message stays in its thread until the run has answered', async () => {
  let answer = () => {}
  const thinking = new Promise<void>((resolve) => (answer = resolve))
  await using s = await openWorker(async (_prompt, call) => {
    if (call === 0) return { text: ['Ha', 'lf'], hang: true }
    await thinking
    return { text: 'Whole.' }
  })
  const run = await s.queue()
  const onDisk = (name: string) => async () =>
    (await s.events(run)).filter(({ event }) => event === name).length
  await until(async () => (await onDisk('thread.message.delta')()) === 2)
  await s.db.write((tx) =>
    tx.run("update runs set lease_owner = 'dead', lease_until = 1 where id = ?", run.id),
  )
  await until(async () => s.model.calls.length === 2)
  const inThread = async () =>
    (await newestMessages(s.db, 'p', run.thread_id, Number.MAX_SAFE_INTEGER, 10)).map(({ body }) => [
      body.status,
      body.content.map((part) => part.type === 'text' && part.text.value).join(),
    ])
  assert.deepEqual(await inThread(), [['incomplete', 'Half']])
  answer()
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.deepEqual(await inThread(), [['completed', 'Whole.']])
})
