import assert from 'node:assert/strict'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEmbeddingFixture } from '../../../test/python.ts'
import { children } from '../usage/process-memory.ts'
import { findLocalModel } from './local-model.ts'
import {
  ModelProcessFailure,
  startModelProcess,
  type ModelPlace,
  type ModelProcess,
} from './model-process.ts'

const never = new AbortController().signal
/** The tokens of "the dog sleeps", "a hound is sleeping" and "stock prices fell", with the start and end tokens. */
const [dog, hound, prices] = [
  [101, 1996, 3899, 25126, 102],
  [101, 1037, 19598, 2003, 5777, 102],
  [101, 4518, 7597, 3062, 102],
] as const
const long = Array.from({ length: 254 }, (_, at) => 2_000 + at)
/** The id of the process that was started last. It need not be the highest one, because ids begin again after the last. */
function newest(): number {
  const pid = children(process.pid)
    .toSorted((a, b) => startOf(a) - startOf(b))
    .at(-1)
  assert.ok(pid)
  return pid
}
/** In clock ticks since the machine started; after the name, which may hold spaces, it is the twentieth field. */
const startOf = (pid: number) =>
  Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19])
const disposable = (model: ModelProcess) => ({ ...model, [Symbol.asyncDispose]: model.close })
const cosine = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)

suite(
  'the process of the embedding model',
  { skip: process.platform === 'win32' && 'no such Python' },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'threadmill-model-'))
    let place: ModelPlace
    let model: ModelProcess

    before(async () => {
      assert.deepEqual(findLocalModel(folder), { missing: 'runtime' })
      await createEmbeddingFixture(folder)
      const found = findLocalModel(folder)
      assert.ok('model' in found)
      place = found
      model = startModelProcess(async () => place)
    })
    after(async () => {
      await model.close()
      rmSync(folder, { recursive: true })
    })

    test('gives vectors of length 1 that are near where meanings are', async () => {
      const [a, b, c] = await Promise.all(
        [dog, hound, prices].map((window) => model.embed(window, true, never)),
      )
      assert.ok(a && b && c)
      for (const vector of [a, b, c]) assert.ok(Math.abs(cosine(vector, vector) - 1) < 1e-4)
      assert.ok(cosine(a, b) > cosine(a, c) + 0.3)
      const again = await model.embed(dog, false, never)
      assert.deepEqual(again, a)
    })

    test('answers what somebody waits for before the documents that are in line', async () => {
      const done: string[] = []
      const documents = Array.from({ length: 24 }, () =>
        model.embed(long, false, never).then(() => done.push('document')),
      )
      await model.embed(dog, true, never).then(() => done.push('query'))
      await Promise.all(documents)
      assert.ok(done.indexOf('query') < 12, done.join())
    })

    test('starts again after its process was killed; what it worked on is lost and said to be', async () => {
      const asked = model.embed(long, false, never)
      process.kill(newest(), 'SIGKILL')
      await assert.rejects(asked, (error: ModelProcessFailure) => error.lost)
      assert.equal((await model.embed(dog, true, never)).length, 384)
    })

    test(
      'has no network, nor has any of its threads',
      { skip: process.platform !== 'linux' && 'only Linux has such filters' },
      async () => {
        await model.embed(dog, true, never)
        const pid = newest()
        const threads = readdirSync(`/proc/${pid}/task`)
        assert.ok(threads.length > 2)
        for (const thread of threads) {
          const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
          assert.match(status, /^Seccomp:\s+2$/m)
          assert.match(status, /^NoNewPrivs:\s+1$/m)
        }
      },
    )

    test('is killed when it says nothing any more', async () => {
      await using slow = disposable(startModelProcess(async () => place, { stuckMs: 8_000 }))
      await slow.embed(dog, true, never)
      const pid = newest()
      process.kill(pid, 'SIGSTOP')
      await assert.rejects(slow.embed(dog, true, never), ModelProcessFailure)
      assert.equal((await slow.embed(dog, true, never)).length, 384)
    })

    test('ends when nothing is asked, and starts with the next window', async () => {
      await using brief = disposable(startModelProcess(async () => place, { idleMs: 50 }))
      await brief.embed(dog, true, never)
      const pid = newest()
      while (existsSync(`/proc/${pid}/fd`)) await sleep(10)
      assert.equal((await brief.embed(dog, true, never)).length, 384)
    })

    test('a file that is no model fails every window that waits, and the next one has another file', async () => {
      const broken = join(folder, 'model.onnx')
      writeFileSync(broken, 'no model')
      let now: ModelPlace = { ...place, model: broken }
      await using process = disposable(startModelProcess(async () => now))
      const asked = await Promise.allSettled(
        [dog, hound, prices].map((one) => process.embed(one, false, never)),
      )
      for (const one of asked) {
        assert.ok(one.status === 'rejected' && one.reason instanceof ModelProcessFailure)
        assert.doesNotMatch(one.reason.message, /threadmill-model-/)
      }
      now = { ...place, model: broken, sha256: 'another' }
      await assert.rejects(process.embed(dog, true, never), /sha256/)
      now = { ...place, python: '/nowhere/python3' }
      await assert.rejects(process.embed(dog, true, never), ModelProcessFailure)
      now = place
      assert.equal((await process.embed(dog, true, never)).length, 384)
    })

    test('gives up what is not wanted any more', async () => {
      const abort = new AbortController()
      const asked = Array.from({ length: 30 }, () => model.embed(long, false, abort.signal))
      abort.abort(new Error('not wanted'))
      for (const one of await Promise.allSettled(asked))
        assert.ok(one.status === 'rejected' && (one.reason as Error).message === 'not wanted')
      assert.equal((await model.embed(dog, false, never)).length, 384)
    })

    test('ends with the server, however that ends', async () => {
      const program = `
      import { startModelProcess } from ${JSON.stringify(new URL('model-process.ts', import.meta.url).href)}
      const model = startModelProcess(async () => (${JSON.stringify(place)}))
      await model.embed(${JSON.stringify(dog)}, true, new AbortController().signal)
      console.log('ready')
      setInterval(() => {}, 1000)`
      const server = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(server.stdout, 'data')
      const [pid] = children(server.pid ?? 0)
      assert.ok(pid)
      server.kill('SIGKILL')
      while (existsSync(`/proc/${pid}/fd`)) await sleep(10)
    })

    test('wants no window once it is closed, and none hangs', async () => {
      const closing = startModelProcess(async () => place)
      const asked = closing.embed(long, false, never)
      const [lost] = await Promise.allSettled([asked, closing.close()])
      assert.equal(lost.status, 'rejected')
      await assert.rejects(closing.embed(dog, true, never), ModelProcessFailure)
    })
  },
)
