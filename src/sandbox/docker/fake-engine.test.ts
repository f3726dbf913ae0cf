import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeContainer, faults, interpreter, type Body } from './fake-container.test.ts'

// Docker's Engine API on a unix socket, as far as it is used here, and as its reference describes versions 1.44 to
// 1.51.

export interface FakeEngine extends AsyncDisposable {
  socket: string
  containers: Map<string, FakeContainer>
  /** The method and path of each request, in order. */
  requests: string[]
  /** Answers to give instead, by the beginning of the request line. */
  instead: Map<string, { status: number; body: unknown }>
  info: Record<string, unknown>
  /** The images by name. */
  images: Map<string, { Id: string; Config: { Volumes?: Record<string, object> } }>
  /** Behaves like an engine that was killed: nothing is answered any more, and the connections break. */
  vanish(): void
}

export const image = 'example/sandbox:1'

export async function startFakeEngine(): Promise<FakeEngine> {
  const place = await mkdtemp(join(tmpdir(), 'engine-'))
  const sockets = new Set<Socket>()
  const containers = new Map<string, FakeContainer>()
  const waiting = new Map<string, ServerResponse[]>()
  const engine: FakeEngine = {
    socket: join(place, 'docker.sock'),
    containers,
    requests: [],
    instead: new Map(),
    info: {
      OSType: 'linux',
      KernelVersion: '6.1.0-machine',
      SystemTime: new Date().toISOString(),
      MemoryLimit: true,
      PidsLimit: true,
      DefaultRuntime: 'runc',
      Runtimes: { runc: { path: 'runc' }, runsc: { path: '/usr/local/bin/runsc' } },
    },
    images: new Map([[image, { Id: `sha256:${'5'.repeat(64)}`, Config: {} }]]),
    vanish() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      engine.vanish()
      await Promise.all([...containers.values()].map((container) => container.killed()))
      await rm(place, { recursive: true })
    },
  }

  const answer = (response: ServerResponse, status: number, body?: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
  const refuse = (response: ServerResponse, status: number, message: string) =>
    answer(response, status, { message })

  function remove(container: FakeContainer): void {
    if (!containers.delete(container.id)) return
    for (const response of waiting.get(container.id) ?? []) {
      response.end(JSON.stringify({ StatusCode: container.exitCode }))
    }
  }

  function create(response: ServerResponse, body: Body): void {
    const wrong = faults(body)
    const { Runtime } = body.HostConfig
    if (wrong.length > 0)
      return void refuse(response, 400, `this does not hold strangers: ${wrong.join(', ')}`)
    if (Runtime !== undefined && !(Runtime in (engine.info['Runtimes'] as object))) {
      return void refuse(response, 400, `unknown or invalid runtime name: ${Runtime}`)
    }
    if (![...engine.images.values()].some(({ Id }) => Id === body.Image)) {
      return void refuse(response, 404, `No such image: ${body.Image}`)
    }
    const id = randomBytes(32).toString('hex')
    containers.set(id, new FakeContainer(id, body))
    answer(response, 201, { Id: id, Warnings: [] })
  }

  function start(response: ServerResponse, container: FakeContainer): void {
    if (container.status !== 'created') return void answer(response, 304)
    if (!interpreter) return void refuse(response, 500, 'this machine has no python3')
    container.start()
    void container.ended.then(() => container.body.HostConfig.AutoRemove && remove(container))
    answer(response, 204)
  }

  /** An answer whose head is sent at once and whose end is sent later. */
  function begin(response: ServerResponse): ServerResponse {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    return response
  }

  function events(response: ServerResponse, filters: Filters): void {
    const container = containers.get(filters['container']?.[0] ?? '')
    if (!container || filters['event']?.join() !== 'oom')
      return void refuse(response, 400, 'not these events')
    begin(response)
    container.onOutOfMemory = () => response.write(JSON.stringify({ Type: 'container', Action: 'oom' }))
    response.req.socket.once('close', () => response.destroy())
  }

  function list(response: ServerResponse, { label = [], status }: Filters): void {
    const found = [...containers.values()].filter(
      (one) =>
        (!status || status.includes(one.status)) &&
        label.every((wanted) =>
          Object.entries(one.body.Labels).some(([key, value]) => [key, `${key}=${value}`].includes(wanted)),
        ),
    )
    const toItem = ({ id, created, status: State }: FakeContainer) => ({
      Id: id,
      Created: Math.floor(created / 1000),
      State,
    })
    answer(response, 200, found.map(toItem))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', path, query, version } = parse(request)
    const line = `${method} ${path}`
    engine.requests.push(line)
    const text = await bodyOf(request)
    const other = [...engine.instead].find(([start]) => line.startsWith(start))?.[1]
    if (other) return void answer(response, other.status, other.body)
    if (line === 'GET /version')
      return void answer(response, 200, { ApiVersion: '1.51', MinAPIVersion: '1.44' })
    if (version < 44 || version > 51)
      return void refuse(response, 400, `client version 1.${version} is not supported`)
    const filters = JSON.parse(query.get('filters') ?? '{}') as Filters
    if (line === 'GET /info') return void answer(response, 200, engine.info)
    if (line === 'GET /events') return events(response, filters)
    if (line === 'GET /containers/json') return list(response, filters)
    if (line === 'POST /containers/create') return create(response, JSON.parse(text) as Body)
    const [, kind, name = '', action = ''] =
      /^\/(images|containers)\/(.+?)(?:\/(json|start|wait))?$/.exec(path) ?? []
    if (kind === 'images') {
      const found = engine.images.get(name)
      return void (found ? answer(response, 200, found) : refuse(response, 404, `No such image: ${name}`))
    }
    const container = containers.get(name)
    if (!container) return void refuse(response, 404, `No such container: ${name}`)
    if (`${method} ${action}` === 'POST start') return start(response, container)
    if (`${method} ${action}` === 'POST wait' && query.get('condition') === 'removed') {
      return void waiting.set(name, [...(waiting.get(name) ?? []), begin(response)])
    }
    if (method === 'DELETE' && query.get('force') === 'true') {
      await container.killed()
      remove(container)
      return void answer(response, 204)
    }
    if (method === 'DELETE' && container.status !== 'running') {
      remove(container)
      return void answer(response, 204)
    }
    refuse(response, method === 'DELETE' ? 409 : 404, 'page not found')
  }

  const server = createServer((request, response) => void handle(request, response))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)))
  })
  server.on('upgrade', (request, socket) => {
    const { path } = parse(request)
    engine.requests.push(`POST ${path}`)
    const container = containers.get(/^\/containers\/(\w+)\/attach$/.exec(path)?.[1] ?? '')
    const isWanted = request.headers.upgrade === 'tcp' && container?.status === 'created'
    if (!isWanted || engine.instead.has('POST attach')) {
      return void socket.end('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n')
    }
    const type = 'application/vnd.docker.multiplexed-stream'
    socket.write(
      `HTTP/1.1 101 UPGRADED\r\nContent-Type: ${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
    )
    container.attach(socket)
  })
  server.listen(engine.socket)
  await once(server, 'listening')
  return engine
}

type Filters = Record<string, string[]>

function parse({ method, url = '/' }: IncomingMessage) {
  const { pathname, searchParams: query } = new URL(url, 'http://docker')
  const [, version, path = ''] = /^(?:\/v1\.(\d+))?(\/.*)$/.exec(decodeURIComponent(pathname)) ?? []
  return { method, path, query, version: Number(version) }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += String(part)
  return text
}
