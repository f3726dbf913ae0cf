import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { readLimits } from '../../store/usage/limits.ts'
import { createStoreFixture } from '../../../test/store/fixture.ts'
import { createSessionPlaces } from './session-places.ts'

const never = new AbortController().signal

/** Servers on one database, whose sessions are the threads in `open`. */
async function openServers(t: TestContext, max: number, ofKey?: number) {
  const store = await createStoreFixture()
  t.after(() => store[Symbol.asyncDispose]())
  await store.db.write((tx) =>
    tx.run("insert into projects (id, name, created_at) values ('p', 'p', 1) on conflict (id) do nothing"),
  )
  const open = new Set<string>()
  const ended: string[] = []
  const lost = new Set<string>()
  const limit = { model: '', name: 'max_code_interpreter_sessions', value: max } as const
  const limits = readLimits(
    [{ ...limit, owner: 'p' }, ...(ofKey === undefined ? [] : [{ ...limit, owner: 'key', value: ofKey }])],
    [{ id: 'key', project: 'p' }],
  )
  const server = (name: string) => {
    const places = createSessionPlaces({
      db: store.db,
      limits: () => limits,
      server: name,
      lives: (other) => !lost.has(other),
      sessions: {
        look: (sandboxId) => (open.has(sandboxId) ? { startedAt: 1, idleSince: undefined } : undefined),
      },
      sandboxSessions: {
        async end(sandboxId) {
          ended.push(sandboxId)
          open.delete(sandboxId)
          return undefined
        },
      },
    })
    return async (sandboxId: string, signal = never, apiKey = 'key') => {
      const leave = await places.enter({ project: 'p', apiKey, sandboxId }, signal)
      open.add(sandboxId)
      return leave
    }
  }
  return { server, open, ended, lost, db: store.db }
}

test('a session of a project at its limit makes the one that was idle for longest end, on whichever server', async (t) => {
  const s = await openServers(t, 2)
  const [here, there] = [s.server('here'), s.server('there')]
  await (
    await here('a')
  )()
  await (
    await there('b')
  )()
  await (
    await here('a')
  )()
  assert.deepEqual(s.ended, [])
  await (
    await here('c')
  )()
  assert.deepEqual(s.ended, ['b'])
  await (
    await there('d')
  )()
  assert.deepEqual(s.ended, ['b', 'a'])
})

test('where all sessions of a project are used a new one waits, until one is left or its run is stopped', async (t) => {
  const s = await openServers(t, 1)
  const [here, there] = [s.server('here'), s.server('there')]
  const leave = await here('a')
  const stop = new AbortController()
  const stopped = there('b', stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(stopped)
  const waiting = there('c')
  assert.equal(await Promise.race([waiting, 'waits']), 'waits')
  await leave()
  await (
    await waiting
  )()
  assert.deepEqual(s.ended, ['a'])
})

test('of many that ask at once as many have a session as the project may have', async (t) => {
  const s = await openServers(t, 3)
  const servers = [s.server('here'), s.server('there')]
  const three = await Promise.all(['x', 'y', 'z'].map((thread) => servers[0]?.(thread)))
  for (const leave of three) await leave?.()
  let used = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const leave = await servers[n % 2]?.(`thread ${n}`)
      most = Math.max(most, ++used)
      await new Promise((resolve) => setImmediate(resolve))
      used--
      await leave?.()
    }),
  )
  assert.ok(most <= 3)
  assert.ok(s.open.size <= 3)
})

test('the sessions of a server that is lost are not counted', async (t) => {
  const s = await openServers(t, 1)
  await s.server('lost')('a')
  s.lost.add('lost')
  await (
    await s.server('here')('b')
  )()
  assert.deepEqual(s.ended, [])
  const rows = await s.db.all<{ sandbox: string }>('select thread_id as sandbox from python_sessions')
  assert.deepEqual(
    rows.map((row) => row.sandbox),
    ['b'],
  )
})

test('a key at its limit ends a session of its own, and leaves those of other keys', async (t) => {
  const s = await openServers(t, 3, 1)
  const [here, there] = [s.server('here'), s.server('there')]
  const use = async (enter: typeof here, threadId: string, key: string) =>
    (await enter(threadId, never, key))()
  await use(here, 'a', 'other')
  await use(here, 'b', 'key')
  await use(there, 'c', 'key')
  assert.deepEqual(s.ended, ['b'])
  await use(here, 'd', 'other')
  assert.deepEqual(s.ended, ['b'], 'there is room for three in the project')
  // A session that another key has used last takes a place of the key that uses it now.
  await use(here, 'a', 'key')
  assert.deepEqual(s.ended, ['b', 'c'])
  await use(here, 'a', 'key')
  assert.deepEqual(s.ended, ['b', 'c'])
})
