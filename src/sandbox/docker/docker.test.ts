import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { z } from 'zod'
import { all, result, text } from '../behaviour/pair.test.ts'
import type { Kernel, KernelProvider } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { containerBody } from './container-body.ts'
import { findIn, program, providerIn } from './containers-fixture.test.ts'
import { connectEngine } from './engine-client.ts'
import { FakeContainer, interpreter, type Body } from './fake-container.test.ts'
import { image, startFakeEngine, type FakeEngine } from './fake-engine.test.ts'

const signal = new AbortController().signal

describe('containers of a Docker engine', { skip: !interpreter && 'this machine has no python3' }, () => {
  let engine: FakeEngine
  beforeEach(async () => {
    engine = await startFakeEngine()
  })
  afterEach(() => engine[Symbol.asyncDispose]())

  const find = (settings?: Partial<DockerSettings>) => findIn(engine, settings)
  const provider = (settings?: Partial<DockerSettings>) => providerIn(engine, settings)
  async function refused(settings?: Partial<DockerSettings>): Promise<string> {
    const found = await find(settings)
    assert.ok('reason' in found)
    assert.equal(engine.containers.size, 0)
    return found.reason
  }
  const run = (kernel: Kernel, code: string) => all(kernel.run(code, { timeoutMs: 20_000 }))

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
})
