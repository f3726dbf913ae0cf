import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { all, cacheDir, result, status, text } from '../behaviour/pair.test.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import type { Kernel, KernelProvider } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { containerBody } from './container-body.ts'
import { connectEngine } from './engine-client.ts'
import { FakeContainer, interpreter, uid, type Body } from './fake-container.test.ts'
import { image, startFakeEngine, type FakeEngine } from './fake-engine.test.ts'
import { findDocker } from './find-docker.ts'
import { openContainer } from './open-container.ts'

const MiB = 1 << 20
const limits = { ...defaultSandboxLimits, memory: 400 * MiB, disk: 32 * MiB, startMs: 30_000, graceMs: 1000 }
const id = `sha256:${'5'.repeat(64)}`
const program = {
  image: id,
  limits,
  writable: ['/mnt/data', '/tmp', '/dev/shm'].map((path) => ({ path, bytes: MiB })),
}
const signal = new AbortController().signal

describe('containers of a Docker engine', { skip: !interpreter && 'this machine has no python3' }, () => {
  let engine: FakeEngine
  beforeEach(async () => {
    engine = await startFakeEngine()
  })
  afterEach(() => engine[Symbol.asyncDispose]())

  const find = (settings: Partial<DockerSettings> = {}) =>
    findDocker({ image, socket: engine.socket, ...settings }, { cacheDir, limits, uid }, () => true)
  async function provider(settings?: Partial<DockerSettings>): Promise<KernelProvider> {
    const found = await find(settings)
    assert.ok(!('reason' in found), JSON.stringify(found))
    return found.at(-1)!
  }
  async function refused(settings?: Partial<DockerSettings>): Promise<string> {
    const found = await find(settings)
    assert.ok('reason' in found)
    assert.equal(engine.containers.size, 0)
    return found.reason
  }
  const run = (kernel: Kernel, code: string) => all(kernel.run(code, { timeoutMs: 20_000 }))
  const running = () => [...engine.containers.values()].find((one) => one.status === 'running')!

  describe('whether there can be some', () => {
    test('the image says which engines it has, and what packages', async () => {
      const found = await find()
      assert.ok(Array.isArray(found))
      const hasKernel = 'ipykernel' in interpreter!.packages
      assert.deepEqual(
        found.map((one) => [one.id, one.isolation]),
        [...(hasKernel ? [['jupyter+docker', 'container']] : []), ['python+docker', 'container']],
      )
      assert.deepEqual(found[0]?.packages, interpreter!.packages)
      assert.equal(engine.containers.size, 0, 'the one that was asked is gone')
    })

    test('a cell runs in each of them after its self-test', async () => {
      for (const one of (await find()) as KernelProvider[]) {
        assert.deepEqual(await one.probe(signal), { ok: true })
        const kernel = await one.open({})
        assert.equal(result(await run(kernel, '40 + 2')), '42')
        await kernel.close()
      }
      assert.equal(engine.containers.size, 0)
    })

    test('an image that is not there is not pulled, and the command is told', async () => {
      assert.match(await refused({ image: 'example/other' }), /docker pull example\/other$/)
      assert.ok(!engine.requests.some((line) => line.includes('/images/create')))
    })

    test('an image with volumes is refused: nothing would limit them', async () => {
      engine.images.get(image)!.Config = { Volumes: { '/data': {} } }
      assert.match(await refused(), /volumes \(\/data\)/)
    })

    test('an image without a python3 that runs is refused in its own words', async () => {
      engine.instead.set('POST /containers/create', { status: 400, body: { message: 'no command' } })
      assert.match(await refused(), /answered 400: no command/)
    })

    test('runsc is gVisor, and a runtime that the engine does not have is refused', async () => {
      assert.equal((await provider({ runtime: 'runsc' })).isolation, 'gVisor')
      assert.match(await refused({ runtime: 'kata' }), /no runtime "kata"; it has runc, runsc/)
      Object.assign(engine.info, {
        Runtimes: { 'io.containerd.kata.v2': {}, runsc: { path: '/usr/bin/runc' } },
      })
      assert.equal((await provider({ runtime: 'io.containerd.kata.v2' })).isolation, 'virtual machine')
      assert.equal((await provider({ runtime: 'runsc' })).isolation, 'container', 'its name proves nothing')
    })

    test('a runtime that shows the kernel of the machine is not taken for gVisor', async () => {
      const kernel = await (await provider()).open({})
      const release = result(await run(kernel, 'import os\nos.uname().release')) ?? ''
      await kernel.close()
      engine.info['KernelVersion'] = release.slice(1, -1)
      assert.match(await refused({ runtime: 'runsc' }), /the kernel of the machine/)
    })

    test('an engine that cannot limit, is too old or has no Linux is refused', async () => {
      engine.instead.set('GET /version', { status: 200, body: { ApiVersion: '1.40' } })
      assert.match(await refused(), /too old: it speaks API 1\.40/)
      engine.instead.clear()
      for (const change of [{ MemoryLimit: false }, { PidsLimit: false }]) {
        const before = { ...engine.info }
        Object.assign(engine.info, change)
        assert.match(await refused(), /cannot limit memory and processes/)
        engine.info = before
      }
      engine.info['OSType'] = 'windows'
      assert.match(await refused(), /windows/)
    })

    test('an engine that is not there, or is something else, is told in words', async () => {
      assert.match(await refused({ socket: '/nowhere.sock' }), /\/nowhere\.sock does not exist/)
      engine.instead.set('GET /version', { status: 200, body: 'hello' })
      assert.match(await refused(), /of the Docker engine/)
      const place = await mkdtemp(join(tmpdir(), 'mute-'))
      await using undo = new AsyncDisposableStack()
      undo.defer(() => rm(place, { recursive: true }))
      const answers: [said: string, expected: RegExp][] = [
        ['', /Docker engine at .* failed: /],
        ['HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"ApiVersion"', /did not arrive/],
        ['SSH-2.0-other\r\n', /failed: Parse Error/],
      ]
      for (const [i, [said, expected]] of answers.entries()) {
        await using other = createServer((socket) =>
          socket
            .on('error', () => {})
            .resume()
            .end(said),
        )
        other.listen(join(place, String(i)))
        assert.match(await refused({ socket: join(place, String(i)) }), expected)
      }
    })
  })

  describe('what is asked of the engine', () => {
    test('the stand-in refuses a container that lacks any restriction, or has more than it needs', async () => {
      const client = await connectEngine(engine.socket)
      const create = (body: Body) => client.post('/containers/create', z.unknown(), body)
      const body = () =>
        structuredClone(containerBody({ ...program, args: ['-I'] }, 'test')) as unknown as Body
      await create(body())
      for (const key of Object.keys(body().HostConfig)) {
        const weak = body()
        delete weak.HostConfig[key]
        await assert.rejects(create(weak), new RegExp(`does not hold strangers: .*${key}`), key)
      }
      for (const key of ['Binds', 'Mounts', 'Privileged', 'CapAdd', 'Devices', 'PidMode', 'PortBindings']) {
        const weak = body()
        weak.HostConfig[key] = ['x']
        await assert.rejects(create(weak), new RegExp(`does not hold strangers: .*${key}`), key)
      }
      const asRoot = { ...body(), User: 'root' }
      await assert.rejects(create(asRoot), /User/)
    })

    test('a session holds to it: nobody, no capability, filtered calls, nothing of the image’s environment', async () => {
      const kernel = await (await provider()).open({})
      const said = text(
        await run(
          kernel,
          `import os
print({l.split(':')[0]: l.split()[1] for l in open('/proc/self/status') if l[:3] in ('Uid', 'Cap', 'NoN', 'Sec')})
print(sorted(os.environ))
for path in ('/x', '/usr/x', '/tmp/x', '/mnt/data/x', '/dev/shm/x', '/proc/1/mem', '/proc/1/fd'):
    try: print(path, os.listdir(path) if path.endswith('fd') else open(path, 'w').close())
    except OSError as e: print(path, 'refused')`,
        ),
      )
      assert.match(said, /'Uid': '65534'.*'CapEff': '0000000000000000'.*'NoNewPrivs': '1'.*'Seccomp': '2'/)
      for (const path of ['/x', '/usr/x', '/proc/1/mem', '/proc/1/fd']) {
        assert.match(said, new RegExp(`^${path} refused$`, 'm'))
      }
      for (const path of ['/tmp/x', '/mnt/data/x', '/dev/shm/x'])
        assert.match(said, new RegExp(`^${path} None$`, 'm'))
      await kernel.close()
    })

    test('only containers that never ran are taken for forgotten, and only old ones', async () => {
      const body = containerBody({ ...program, args: ['-I'] }, 'another server') as unknown as Body
      const old = Date.now() - 3_600_000
      for (const name of ['old', 'young', 'runs']) {
        engine.containers.set(name, new FakeContainer(name, body, name === 'young' ? Date.now() : old))
      }
      engine.containers.get('runs')!.status = 'running'
      await provider()
      assert.deepEqual([...engine.containers.keys()], ['young', 'runs'])
    })
  })

  describe('how a session ends', () => {
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
      await assert.rejects(
        found.open({}),
        /no container could be started: .*(does not exist|no Docker engine)/,
      )
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
})

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !condition(); await wait(20)) {
    assert.ok(Date.now() < end, 'it did not happen within 5 s')
  }
}
