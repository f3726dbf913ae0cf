import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defaultSandboxLimits } from '../default-limits.ts'
import { SandboxUnavailable, type Kernel, type KernelProvider } from '../sandbox.ts'
import { startSessions, type SessionOptions } from './sessions.ts'

/** A fake kernel that only opens and closes. */
function fakeKernel(): Kernel {
  const { promise, resolve } = Promise.withResolvers<Awaited<Kernel['closed']>>()
  return {
    limits: defaultSandboxLimits,
    closed: promise,
    memory: async () => 1_000,
    close: async () => resolve({ reason: 'closed' }),
    // oxlint-disable-next-line require-yield
    async *run() {
      throw new Error('not here')
    },
    putFile: async () => {},
    changedFiles: async () => ({ files: [], tooLarge: [], beyond: 0, left: [], misnamed: 0 }),
    // oxlint-disable-next-line require-yield
    async *getFile() {
      throw new Error('not here')
    },
  }
}

function sessionsFor(t: TestContext, options: Partial<SessionOptions> = {}) {
  const opened: Kernel[] = []
  const provider: KernelProvider = {
    id: 'fake',
    isolation: 'none',
    probe: async () => ({ ok: true }),
    prepare: async () => {},
    open: async () => {
      const kernel = fakeKernel()
      opened.push(kernel)
      return kernel
    },
  }
  const sessions = startSessions(provider, {
    maxSessions: 2,
    idleMs: 60_000,
    maxAgeMs: 60_000,
    spares: 0,
    ...options,
  })
  t.after(() => sessions.close())
  const kernelOf = (key: string) => sessions.use(key, async ({ kernel }) => kernel)
  const freshOf = (key: string) => sessions.use(key, async ({ fresh }) => fresh)
  return { sessions, opened, kernelOf, freshOf }
}

/** Work that continues until it is released. */
function hold(sessions: ReturnType<typeof sessionsFor>['sessions'], key: string) {
  const started = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const done = sessions.use(key, async () => {
    started.resolve()
    await go.promise
  })
  return { started: started.promise, go: () => go.resolve(), done }
}

test('a key keeps its kernel, and only the first use finds it fresh', async (t) => {
  const { opened, freshOf, kernelOf } = sessionsFor(t)
  assert.equal(await freshOf('a'), true)
  assert.equal(await freshOf('a'), false)
  assert.notEqual(await kernelOf('b'), await kernelOf('a'))
  assert.equal(opened.length, 2)
})

test('calls for one key run one after another, calls for two keys at once', async (t) => {
  const { sessions } = sessionsFor(t)
  const first = hold(sessions, 'a')
  await first.started
  const order: string[] = []
  const second = sessions.use('a', async () => order.push('second'))
  await sessions.use('b', async () => order.push('other key'))
  first.go()
  await Promise.all([first.done, second])
  assert.deepEqual(order, ['other key', 'second'])
})

test('work that throws leaves the session usable', async (t) => {
  const { sessions, freshOf } = sessionsFor(t)
  await assert.rejects(
    sessions.use('a', async () => {
      throw new Error('mine')
    }),
    /mine/,
  )
  assert.equal(await freshOf('a'), false)
})

test('when all places are taken, the session that was not used for longest makes room', async (t) => {
  const { kernelOf, freshOf, opened } = sessionsFor(t)
  const a = await kernelOf('a')
  await kernelOf('b')
  assert.equal(await kernelOf('a'), a)
  await kernelOf('c')
  await opened[1]!.closed
  assert.equal(await freshOf('a'), false)
  assert.equal(await freshOf('b'), true)
})

test('when all sessions are busy, a new key waits for one to be free', async (t) => {
  const { sessions, opened, freshOf } = sessionsFor(t, { maxSessions: 1 })
  const busy = hold(sessions, 'a')
  await busy.started
  const next = freshOf('b')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(opened.length, 1)
  busy.go()
  assert.equal(await next, true)
  await busy.done
})

test('a session that is being ended keeps its place until it is gone', async (t) => {
  const { opened, kernelOf } = sessionsFor(t, { maxSessions: 1, idleMs: 1 })
  const kernel = await kernelOf('a')
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
  const close = kernel.close
  kernel.close = async () => {
    ask()
    await kernel.closed
  }
  await asked
  const next = kernelOf('b')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(opened.length, 1)
  await close()
  assert.equal(await next, opened[1])
})

test('who waits for a place can give up', async (t) => {
  const { sessions } = sessionsFor(t, { maxSessions: 1 })
  const busy = hold(sessions, 'a')
  await busy.started
  const stop = new AbortController()
  const waiting = sessions.use('b', async () => {}, stop.signal)
  const alsoWaiting = sessions.use('a', async () => {}, stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(alsoWaiting, /enough/)
  busy.go()
  await busy.done
})

test('an idle session ends after its time, and a busy one does not', async (t) => {
  const { sessions, opened, kernelOf } = sessionsFor(t, { idleMs: 20 })
  const busy = hold(sessions, 'b')
  await busy.started
  const kernel = await kernelOf('a')
  assert.deepEqual(await kernel.closed, { reason: 'closed' })
  const ended = await Promise.race([opened[0]!.closed.then(() => true), false])
  assert.equal(ended, false)
  busy.go()
  await busy.done
  await opened[0]!.closed
})

test('a session that is too old ends after its last work', async (t) => {
  const { kernelOf, freshOf } = sessionsFor(t, { maxAgeMs: 20 })
  const kernel = await kernelOf('a')
  while ((await Promise.race([kernel.closed, 'open'])) === 'open') await kernelOf('a')
  assert.equal(await freshOf('a'), true)
})

test('a kernel that died is replaced by a fresh one', async (t) => {
  const { kernelOf, freshOf } = sessionsFor(t)
  await (await kernelOf('a')).close()
  assert.equal(await freshOf('a'), true)
})

test('a spare is ready before anybody asks, and another follows it', async (t) => {
  const { sessions, opened, kernelOf } = sessionsFor(t, { spares: 1 })
  sessions.fillSpares()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(opened.length, 1)
  assert.equal(await kernelOf('a'), opened[0])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(opened.length, 2)
  assert.equal(await kernelOf('b'), opened[1])
})

test('closing ends every kernel and refuses who waits and who comes later', async (t) => {
  const { sessions, opened, kernelOf } = sessionsFor(t, { maxSessions: 1, spares: 1 })
  await kernelOf('a')
  const busy = hold(sessions, 'a')
  await busy.started
  const waiting = kernelOf('b')
  const refused = assert.rejects(waiting, SandboxUnavailable)
  await sessions.close()
  await refused
  await assert.rejects(kernelOf('c'), SandboxUnavailable)
  await Promise.all(opened.map((kernel) => kernel.closed))
  busy.go()
  await busy.done
})

test('a provider that cannot be had is reported to everyone who asks', async (t) => {
  const none = {
    open: () => Promise.reject(new SandboxUnavailable('no sandbox works on this machine')),
  }
  const sessions = startSessions(none, { maxSessions: 1, idleMs: 1, maxAgeMs: 1, spares: 1 })
  t.after(() => sessions.close())
  for (const key of ['a', 'b'])
    await assert.rejects(
      sessions.use(key, async () => {}),
      /no sandbox works/,
    )
})

test('when kernels are other ones, sessions of before end: idle ones at once, busy ones after their work', async (t) => {
  const { sessions, opened, freshOf } = sessionsFor(t)
  await freshOf('idle')
  const busy = hold(sessions, 'busy')
  await busy.started
  let isOver = false
  const renewed = sessions.renew(0).then(() => (isOver = true))
  assert.equal((await opened[0]?.closed)?.reason, 'closed')
  assert.equal(await freshOf('idle'), true)
  assert.equal(isOver, false)
  busy.go()
  await busy.done
  await renewed
  assert.equal(await freshOf('busy'), true)
  assert.equal(opened.length, 4)
})

test('when kernels are other ones, no spare of before is given out', async (t) => {
  const { sessions, opened, kernelOf } = sessionsFor(t, { spares: 1 })
  sessions.fillSpares()
  await new Promise(setImmediate)
  const former = opened[0]
  assert.ok(former)
  await sessions.renew(0)
  assert.notEqual(await kernelOf('a'), former)
  assert.equal((await former.closed).reason, 'closed')
})

test('a session says whether it works, and ends when that is asked for, also while it works', async (t) => {
  const { sessions, opened, kernelOf, freshOf } = sessionsFor(t)
  assert.equal(sessions.look('a'), undefined)
  await sessions.end('a')
  const busy = hold(sessions, 'a')
  await busy.started
  assert.equal(sessions.look('a')?.idleSince, undefined)
  assert.ok(sessions.look('a'))
  await sessions.end('a')
  assert.equal((await opened[0]?.closed)?.reason, 'closed')
  assert.equal(sessions.look('a'), undefined)
  busy.go()
  await busy.done
  assert.equal(await freshOf('a'), true)
  const state = sessions.look('a')
  assert.ok(state?.idleSince !== undefined && state.idleSince >= state.startedAt)
  await kernelOf('b')
  await sessions.end('a')
  assert.equal(await freshOf('b'), false)
  assert.equal(await freshOf('a'), true)
})

test('the memory of sessions is the sum of what they use', async (t) => {
  const { sessions, kernelOf } = sessionsFor(t)
  assert.equal(await sessions.memory(), 0)
  await kernelOf('a')
  await kernelOf('b')
  assert.equal(await sessions.memory(), 2_000)
})
