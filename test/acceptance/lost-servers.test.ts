import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startFakeUpstream, type FakeChatRequest } from '../fake-upstream.ts'
import { until } from '../runs.ts'
import { call, json, startServer, temporaryFolder, type ServerProcess } from './child.ts'

/**
 * A server that dies whenever its model is asked for what has "poison" in it, and is started again each time. The first
 * time it is killed by `live`, so that it has answered who created the run.
 */
async function openMortal() {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder())
  let server: ServerProcess | undefined
  let poisonings = 0
  let armed = false
  const upstream = stack.use(
    await startFakeUpstream({
      reply(request: FakeChatRequest) {
        if (!JSON.stringify(request.messages).includes('poison')) return { tokens: 3, firstTokenMs: 300 }
        poisonings++
        if (armed) server?.signal('SIGKILL')
        return { tokens: 3, firstTokenMs: 60_000 }
      },
    }),
  )
  stack.defer(() => server?.kill())
  const start = async () =>
    (server = await startServer(folder.path, { OPENAI_BASE_URL: `${upstream.url}/v1` }))
  const owned = stack.move()
  return {
    folder: folder.path,
    get poisonings() {
      return poisonings
    },
    start,
    /** Starts it as often as it dies, until `done`. */
    async live(done: (ask: (path: string) => ReturnType<typeof json>) => Promise<boolean>) {
      await until(async () => poisonings === 1)
      armed = true
      await server?.kill()
      for (let starts = 0; starts < 12; starts++) {
        const running = await start()
        let dead = false
        const gone = running.exited.then(() => (dead = true))
        const ask = async (path: string) => json(await call(`${running.url}/v1${path}`, 'GET'))
        const over = until(async () => dead || done(ask).catch(() => dead))
        await Promise.race([gone, over])
        if (!dead) return
      }
      assert.fail('it dies again and again')
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function queue(server: ServerProcess, text: string) {
  const assistant = await json(await call(`${server.url}/v1/assistants`, 'POST', { model: 'fake' }))
  const thread = { messages: [{ role: 'user', content: text }] }
  const body = { assistant_id: assistant.id, thread }
  const run = await json(await call(`${server.url}/v1/threads/runs`, 'POST', body))
  return `/threads/${run.thread_id}/runs/${run.id}`
}

test('a run that ends its server each time fails after three attempts, with the reason', async () => {
  await using mortal = await openMortal()
  const path = await queue(await mortal.start(), 'poison')
  let run: Awaited<ReturnType<typeof json>>
  await mortal.live(async (ask) => (run = await ask(path)).status === 'failed')
  assert.equal(mortal.poisonings, 3)
  assert.equal(run.last_error.code, 'server_error')
  assert.match(run.last_error.message, /process ended 3 times while it worked on this run/)
})

test('healthy runs beside it come to their end', async () => {
  await using mortal = await openMortal()
  const first = await mortal.start()
  const healthy = await Promise.all(Array.from({ length: 6 }, (_, n) => queue(first, `Hello ${n}`)))
  const poison = await queue(first, 'poison')
  const ends = new Map<string, string>()
  await mortal.live(async (ask) => {
    for (const path of [...healthy, poison]) ends.set(path, (await ask(path)).status)
    return [...ends.values()].every((status) => status === 'completed' || status === 'failed')
  })
  for (const path of healthy) assert.equal(ends.get(path), 'completed')
  assert.equal(ends.get(poison), 'failed')
  assert.ok(mortal.poisonings <= 5, `${mortal.poisonings} attempts`)
})

test('a lease from a clock that has been set back since holds nobody up, and a cancel takes hold', async () => {
  await using upstream = await startFakeUpstream({ reply: { tokens: 100_000, tokenMs: 20 } })
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` }
  const first = await startServer(folder.path, env)
  const paths = [await queue(first, 'Hello'), await queue(first, 'Hello again')]
  const asked = () => upstream.requests.filter(({ body }) => body).length
  await until(async () => asked() === 2)
  await first.kill()
  {
    using database = new DatabaseSync(join(folder.path, 'threadmill.db'))
    database.prepare('update runs set lease_until = lease_until + 3600000').run()
    // Of one of them nothing is known, as after a restore to another machine.
    database
      .prepare("update runs set lease_owner = 'a stranger' where id = ?")
      .run(paths[1]?.split('/').at(-1) ?? '')
  }
  await using second = await startServer(folder.path, env)
  await until(async () => asked() === 4)
  for (const path of paths) {
    const { status } = await json(await call(`${second.url}/v1${path}/cancel`, 'POST', {}))
    assert.equal(status, 'cancelled')
  }
})
