import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { createdEvents } from '../assistants/events.ts'
import { observedRun } from '../start/run-apis.ts'
import { expireRuns } from '../operations/expire-runs.ts'
import { assistantsTranscript } from '../assistants/assistants-transcript.ts'
import { turnsBetween } from '../responses/turns-between.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { noLog } from '../common/log.ts'
import { openRegistry } from '../models/registry.ts'
import { scripted, type Script } from '../models/scripted.ts'
import { openFolderBlobs } from '../store/blobs/folder.ts'
import { storeChores } from '../store/chores/chores.ts'
import type { Database } from '../store/database.ts'
import { createTrial } from '../store/trial.ts'
import { leaseMs } from '../store/leases.ts'
import { readLimits } from '../store/usage/limits.ts'
import { newestMessages } from '../store/messages.ts'
import { insertRun, nextRunNumber } from '../store/insert-runs.ts'
import { createRateLimiter } from '../store/usage/rate-limiter.ts'
import { requestCancel } from '../store/runs.ts'
import { openServerLock } from '../store/sqlite/server-lock.ts'
import { runQueued } from '../store/signals.ts'
import { watchServers } from '../store/watch-servers.ts'
import { toolsByType } from '../tools/tool-set.ts'
import { observers } from '../telemetry/observer.ts'
import { until } from '../../test/runs.ts'
import { createStoreFixture, newRun } from '../../test/store/fixture.ts'
import { transcripts } from './transcript.ts'
import { RunBudgets } from '../budgets/run-budgets.ts'
import { Outages } from './outages.ts'
import { startSweeper } from './sweeper.ts'
import { TurnAllowances } from './turn-allowances.ts'
import { createRunTurns, startWorker } from './worker.ts'
import { refuseEnds, dropTrigger } from '../../test/database.ts'

/** A worker on a database of its own; `m` is its model. `reach` is how it reaches that database. */
async function openWorker(script: Script, reach = (db: Database) => db) {
  const store = await createStoreFixture()
  const model = scripted(script)
  const models = openRegistry({}, { models: { m: model } })
  const blobs = openFolderBlobs(join(store.folder, 'files'))
  const db = reach(store.db)
  const parts = { db, blobs, runLog: store.log, log: noLog, observer: observers([]) }
  const assistants = assistantsTranscript(db, store.log, toolsByType([]), turnsBetween)
  const openTranscript = transcripts({ assistants, responses: assistants })
  const lock = openServerLock(store.folder)
  const turns = createRunTurns(noLog)
  const leases = { owner: lock.id, trial: createTrial(), turns }
  const outages = new Outages(noLog)
  const budgets = new RunBudgets({ db, budgetsOf: () => [], priceOf: () => undefined, log: noLog })
  const limiter = createRateLimiter(db, noLog)
  const limits = () => readLimits([])
  const allowances = new TurnAllowances({ limits, limiter })
  const worker = startWorker({
    ...parts,
    ...leases,
    models,
    openTranscript,
    leftOut: () => {},
    pictures: { loaded: async () => Buffer.of() },
    outages,
    allowances,
    limits,
    budgets,
    observed: observedRun,
  })
  const watch = watchServers({ db: store.db, lock, log: noLog })
  return {
    ...store,
    model,
    worker,
    turns,
    async queue(tools: string[] = []) {
      const run = await store.run(undefined, tools)
      store.db.signals.raise(runQueued)
      return run
    },
    async [Symbol.asyncDispose]() {
      await watch.close()
      await worker.close()
      lock.close()
      await models.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

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

/** Writes a run with a place for it, as whoever creates one does. `meanwhile` is called while it is being written. */
async function createWith(
  s: Awaited<ReturnType<typeof openWorker>>,
  place: NonNullable<ReturnType<typeof s.worker.reserve>>,
  meanwhile = () => {},
) {
  const queued = newRun(await s.thread(), 'run_reserved')
  await s.db.write(async (tx) => {
    meanwhile()
    const events = createdEvents(queued)
    const run = insertRun(
      tx,
      s.log,
      { ...queued, seq: await nextRunNumber(tx) },
      { events, lease: place.lease },
    )
    tx.afterCommit(() => place.begin(run), 'committed')
  })
  return queued
}

test('a run that is created with a place begins without being claimed, and its place is free after it', async () => {
  await using s = await openWorker([{ text: 'Done.' }])
  const place = s.worker.reserve('p')
  assert.ok(place)
  const run = await createWith(s, place)
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.equal((await s.read(run))?.attempt, 1)
  // Whoever created it may learn of a failure only now.
  place.giveBack()
  await until(async () => s.turns.free === s.turns.size)
})

test('a run that had to wait until its lease was over before it was written is begun once', async (t) => {
  const { promise: answer, resolve: mayAnswer } = Promise.withResolvers<void>()
  await using s = await openWorker(async () => {
    await answer
    return { text: 'Done.' }
  })
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const place = s.worker.reserve('p')
  assert.ok(place)
  t.mock.timers.tick(leaseMs + 1_000)
  // The renewal knows nothing of the run yet, and is written after it.
  const run = await createWith(s, place, s.worker.renewSoon)
  await until(async () => Number((await s.read(run))?.lease_until) > place.lease.until)
  mayAnswer()
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.equal((await s.read(run))?.attempt, 1)
  assert.equal(s.model.calls.length, 1)
})

test('a place that was not needed is given back once', async () => {
  await using s = await openWorker([])
  const place = s.worker.reserve('p')
  assert.equal(s.turns.free, s.turns.size - 1)
  place?.giveBack()
  place?.giveBack()
  assert.equal(s.turns.free, s.turns.size)
})

test('a run that is created while its worker closes is let go of, and none is begun afterwards', async () => {
  await using s = await openWorker([{ hang: true }])
  const place = s.worker.reserve('p')
  assert.ok(place)
  const closing = s.worker.close()
  const run = await createWith(s, place)
  await closing
  const left = await s.read(run)
  assert.deepEqual([left?.status, left?.lease_owner], ['in_progress', null])
  assert.equal(s.worker.reserve('p'), undefined)
})
