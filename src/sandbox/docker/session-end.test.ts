import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { all, MiB, result, status } from '../behaviour/pair.test.ts'
import type { Kernel } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { program, providerIn } from './containers-fixture.test.ts'
import { connectEngine } from './engine-client.ts'
import { interpreter } from './fake-container.test.ts'
import { startFakeEngine, type FakeEngine } from './fake-engine.test.ts'
import { openContainer } from './open-container.ts'

describe('how a session in a container ends', { skip: !interpreter && 'this machine has no python3' }, () => {
  let engine: FakeEngine
  beforeEach(async () => {
    engine = await startFakeEngine()
  })
  afterEach(() => engine[Symbol.asyncDispose]())

  const provider = (settings?: Partial<DockerSettings>) => providerIn(engine, settings)
  const run = (kernel: Kernel, code: string) => all(kernel.run(code, { timeoutMs: 20_000 }))
  const running = () => [...engine.containers.values()].find((one) => one.status === 'running')!

  test('closing kills the container and removes it, and so does closing the server', async () => {
    const found = await provider()
    const kernel = await found.open({})
    const container = running()
    await kernel.close()
    assert.equal(engine.containers.size, 0)
    assert.equal(container.status, 'exited')
    await found.open({})
    await found.close?.()
    assert.equal(engine.containers.size, 0)
  })

  test('a container that dies ends its session, and another can be opened', async () => {
    const found = await provider()
    const kernel = await found.open({})
    setTimeout(() => running().kill(), 100)
    assert.equal(status(await run(kernel, 'while True: pass')), 'died')
    assert.deepEqual(await kernel.closed, { reason: 'crashed' })
    const next = await found.open({})
    assert.equal(result(await run(next, '40 + 2')), '42')
    await next.close()
  })

  test('a container that took too much memory is said to have done so', async () => {
    const kernel = await (await provider()).open({})
    const hog = 'import mmap\nhog = mmap.mmap(-1, 2 << 30)\nwhile True: hog.write(bytes(50 << 20))'
    assert.equal(status(await run(kernel, hog)), 'died')
    assert.deepEqual(await kernel.closed, { reason: 'memory' })
  })

  test('an engine that vanishes ends its sessions at once, and nothing waits for it', async () => {
    const found = await provider()
    const kernel = await found.open({})
    setTimeout(() => engine.vanish(), 100)
    assert.equal(status(await run(kernel, 'while True: pass')), 'died')
    assert.deepEqual(await kernel.closed, { reason: 'crashed' })
    await kernel.close()
    await assert.rejects(found.open({}), /no container could be started: .*(does not exist|no Docker engine)/)
    await found.close?.()
  })

  for (const [what, bytes] of Object.entries({
    'an unknown stream': [7, 0, 0, 0, 0, 0, 0, 1],
    'no zeros': [1, 1, 0, 0, 0, 0, 0, 1],
    'an endless part': [1, 0, 0, 0, 255, 255, 255, 255],
  })) {
    test(`a header with ${what} ends the session`, async () => {
      const kernel = await (await provider()).open({})
      setTimeout(() => running().stream!.write(Buffer.from(bytes)), 50)
      assert.equal(status(await run(kernel, 'import time\ntime.sleep(20)')), 'died')
      await kernel.closed
      await until(() => engine.containers.size === 0)
    })
  }

  for (const step of ['POST /containers/create', 'POST attach', 'GET /events', 'POST /containers/']) {
    test(`an error of the engine at ${step} is told, and leaves nothing behind`, async () => {
      const found = await provider()
      engine.instead.set(step, { status: 500, body: { message: 'a bad day' } })
      await assert.rejects(found.open({}), /no container could be started: the Docker engine answered 500/)
      engine.instead.clear()
      await until(() => engine.containers.size === 0)
    })
  }

  // An alarm ends the first process, and with it the session that raised the alarm.
  test('when the connection breaks the container ends, also when its code holds on to its stdin', async () => {
    const kernel = await (await provider()).open({})
    const hold = `import os, signal, time
held = []
for place in ('/proc/self/fd', '/proc/1/fd'):
  for name in range(20):
      try: held.append(os.open(f'{place}/{name}', os.O_RDWR | os.O_NONBLOCK))
      except OSError: pass
os._exit = lambda *_: time.sleep(1000)
for number in set(range(1, 32)) - {signal.SIGALRM}:
  try: signal.signal(number, signal.SIG_IGN); os.kill(1, number)
  except OSError: pass
if os.fork() == 0:
  os.setsid()
  time.sleep(1000)
len(held) > 1`
    assert.equal(result(await run(kernel, hold)), 'True')
    const container = running()
    // This fake engine refuses to remove the container.
    engine.instead.set('DELETE', { status: 500, body: { message: 'a bad day' } })
    container.stream!.destroy()
    await until(() => container.status === 'exited')
    assert.equal(engine.containers.size, 0)
    await kernel.close()
  })

  test('also when its code takes nothing any more from a full stdin', async () => {
    const kernel = await (await provider()).open({})
    const stop = `import os, signal, time
session = os.getpid()
if os.fork() == 0:
  time.sleep(0.2)
  os.kill(session, signal.SIGSTOP)
  time.sleep(1000)`
    assert.equal(status(await run(kernel, stop)), 'ok')
    const container = running()
    engine.instead.set('DELETE', { status: 500, body: { message: 'a bad day' } })
    let sent = 0
    async function* endless() {
      for (;;) {
        sent += MiB
        yield new Uint8Array(MiB)
      }
    }
    const put = assert.rejects(kernel.putFile('endless', endless()))
    // The count stops when all buffers on the way are full.
    for (let before = -1; before !== sent; await wait(300)) before = sent
    container.stream!.destroy()
    await until(() => container.status === 'exited')
    await put
    await kernel.close()
  })

  test('what a program says on stderr tells why it ended', async () => {
    const client = await connectEngine(engine.socket)
    const container = await openContainer(
      client,
      { ...program, args: ['-I', '-c', 'exit("broken")'] },
      'test',
    )
    await all(container.output)
    assert.equal(container.complaint(), 'broken')
    await container.ended
  })
})

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 60_000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within a minute')
  }
}
