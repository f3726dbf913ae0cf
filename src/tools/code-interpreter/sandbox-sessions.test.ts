import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSignals, sessionAsked, sessionTold, type Signals } from '../../store/signals.ts'
import { openSandboxSessions } from './sandbox-sessions.ts'

/** Servers that hear each other's signals, each with the sessions of these threads. `lossy` loses the first question. */
function openServers(held: Record<string, string[]>, { lossy = false } = {}) {
  const locals = Object.keys(held).map(() => createSignals())
  let losses = lossy ? 1 : 0
  return Object.entries(held).map(([server, threads], at) => {
    const left = new Set(threads)
    const signals: Signals = {
      ...(locals[at] as Signals),
      tell(name, of) {
        if (losses-- > 0) return
        for (const [to, local] of locals.entries()) if (to !== at) queueMicrotask(() => local.raise(name, of))
      },
    }
    const sessions = {
      look: (id: string) => (left.has(id) ? { startedAt: 1, idleSince: 2 } : undefined),
      end: async (id: string) => void left.delete(id),
    }
    const lives = (id: string) => (id === 'silent' ? true : undefined)
    return openSandboxSessions({ sessions, signals, server, lives, isShared: true, timeoutMs: 30 })
  })
}

test('a server asks the one that has the session, also when the first question is lost', async () => {
  const [one] = openServers({ one: [], other: ['t'] }, { lossy: true })
  assert.deepEqual(await one?.look('t', 'other'), { startedAt: 1, idleSince: 2 })
})

test('an older session that was left in another server ends too', async () => {
  const [one, other, third] = openServers({ one: ['t'], other: ['t'], third: ['t', 'u'] })
  assert.deepEqual(await one?.end('t', 'other'), { startedAt: 1, idleSince: 2 })
  for (const [server, holder] of [
    [one, 'one'],
    [other, 'other'],
    [third, 'third'],
  ] as const)
    assert.equal(await server?.look('t', holder), undefined)
  assert.ok(await third?.look('u', 'third'))
})

test('a server that does not answer is gone, unless it is known to live', async () => {
  const [one] = openServers({ one: [] })
  assert.equal(await one?.look('t', 'gone'), undefined)
  assert.equal(await one?.look('t', 'silent'), 'unknown')
  assert.equal(await one?.end('t', 'silent'), 'unknown')
})

test('a question is one that servers of the version before ask and understand', async () => {
  const told = new Map<string, unknown>()
  const signals = createSignals()
  const ended: string[] = []
  const state = { startedAt: 1, idleSince: 2 }
  const server = openSandboxSessions({
    sessions: { look: () => state, end: async (id: string) => void ended.push(id) },
    signals: { ...signals, tell: (name, of = '') => void told.set(name, JSON.parse(of)) },
    server: 'new',
    lives: () => undefined,
    isShared: true,
    timeoutMs: 3,
  })
  signals.raise(sessionAsked, JSON.stringify({ id: 'q', threadId: 't', holder: 'new', ends: true }))
  await server.look('t', 'old')
  assert.deepEqual(ended, ['t'])
  assert.deepEqual(told.get(sessionTold('q')), state)
  const { id: _new, ...question } = told.get(sessionAsked) as { id: string }
  assert.deepEqual(question, { threadId: 't', holder: 'old', ends: false })
})
