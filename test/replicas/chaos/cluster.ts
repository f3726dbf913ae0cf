import { setTimeout as pause } from 'node:timers/promises'
import { startServer, temporaryFolder, withoutDiscovery, type ServerProcess } from '../../acceptance/child.ts'
import { startPostgres, type PostgresServer } from '../../postgres/server.ts'
import { createPythonFixture } from '../../python.ts'
import { until } from '../../runs.ts'
import { s3Environment, startS3Server } from '../../s3-server.ts'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import { descendants, runs } from './processes.ts'

/** How much the clocks of the replicas differ from the real time, in milliseconds. */
const clocksOff = [-60_000, 0, 60_000]
const startPatienceMs = 60_000

/** A server with its own data folder, like a server on its own machine. */
export interface Replica {
  name: string
  /** Undefined while the replica is down. */
  readonly url: string | undefined
  /** The connection of this replica to the database, through a proxy. */
  database: TcpProxy
  files: TcpProxy
  /** Resolves when the replica serves. It is started again until the database and the files can be reached. */
  start(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Sends SIGKILL. Resolves when all processes that it had started have ended too. */
  kill(): Promise<void>
  /** Sends SIGTERM. Resolves when the replica has ended. */
  stop(): Promise<void>
  /** The end of the log of all its processes so far. */
  log(): string
}

export interface Cluster extends AsyncDisposable {
  replicas: Replica[]
  postgres: PostgresServer
}

/**
 * Starts three replicas on one PostgreSQL and one S3 server, with a model server at `modelUrl`. `fault` is called with
 * everything that goes wrong.
 */
export async function startCluster(modelUrl: string, fault: (what: string) => void): Promise<Cluster> {
  await using stack = new AsyncDisposableStack()
  const postgres = stack.use(await startPostgres())
  const s3 = stack.use(await startS3Server())
  // Node's cache of compiled code, which makes every start but the first one faster.
  const compiled = stack.use(temporaryFolder())
  const replicas: Replica[] = []
  for (const [at, clockOff] of clocksOff.entries()) {
    const folder = stack.use(temporaryFolder())
    await createPythonFixture(folder.path)
    const database = stack.use(await startTcpProxy(Number(new URL(postgres.url).port)))
    const files = stack.use(await startTcpProxy(Number(new URL(s3.endpoint).port)))
    const url = new URL(postgres.url)
    url.port = String(database.port)
    const env = {
      ...s3Environment,
      NODE_OPTIONS: `--import=${new URL('shifted-clock.ts', import.meta.url).href}`,
      NODE_COMPILE_CACHE: compiled.path,
      CHAOS_CLOCK_OFF_MS: String(clockOff),
      OPENAI_BASE_URL: `${modelUrl}/v1`,
      THREADMILL_DATABASE_URL: url.href,
      THREADMILL_DATABASE_CONNECTIONS: '8',
      THREADMILL_FILES_URL: s3.filesUrl('chaos', `http://127.0.0.1:${files.port}`),
      THREADMILL_CODE_INTERPRETER: 'auto',
      THREADMILL_CONFIG: withoutDiscovery,
    }
    const ways = { name: `replica ${at + 1}`, database, files }
    const replica = createReplica(ways, () => startServer(folder.path, env), fault)
    stack.defer(() => replica.kill())
    replicas.push(replica)
  }
  await Promise.all(replicas.map((replica) => replica.start()))
  const owned = stack.move()
  return { replicas, postgres, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function createReplica(
  ways: Pick<Replica, 'name' | 'database' | 'files'>,
  launch: () => Promise<ServerProcess>,
  fault: (what: string) => void,
): Replica {
  const { name } = ways
  let running: ServerProcess | undefined
  let log = ''

  async function launchSoon(): Promise<ServerProcess> {
    for (const deadline = Date.now() + startPatienceMs; ; await pause(200)) {
      try {
        return await launch()
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
    }
  }
  /** After this call, the end of the process is not a fault. */
  function leave(): ServerProcess | undefined {
    const left = running
    running = undefined
    return left
  }
  return {
    ...ways,
    get url() {
      return running?.url
    },
    async start() {
      const started = await launchSoon()
      running = started
      void started.exited.then(({ code, signal }) => {
        log = `${log}${started.stderr}`.slice(-200_000)
        if (running === started)
          fault(`${name} ended by itself with ${code ?? signal}: ${started.stderr.slice(-2_000)}`)
      })
    },
    signal: (signal) => running?.signal(signal),
    async kill() {
      const killed = leave()
      if (!killed) return
      // A stopped process cannot start others before it is killed.
      killed.signal('SIGSTOP')
      const below = descendants(killed.pid)
      await killed.kill()
      await until(async () => !below.some(runs), 20_000).catch(() => {
        const left = below.filter(runs).map(({ pid, command }) => `${command} (${pid})`)
        fault(`${name} was killed, and left ${left.join(', ')}`)
      })
    },
    async stop() {
      const stopped = leave()
      if (!stopped) return
      const below = descendants(stopped.pid)
      stopped.signal('SIGTERM')
      const late = pause(60_000, 'late' as const, { ref: false })
      const exit = await Promise.race([stopped.exited, late])
      if (exit === 'late' || exit.code !== 0)
        fault(
          `${name} did not end after SIGTERM, but: ${JSON.stringify(exit)} ${stopped.stderr.slice(-2_000)}`,
        )
      await stopped.kill()
      await until(async () => !below.some(runs), 20_000).catch(() =>
        fault(`${name} has ended, and left ${below.filter(runs).map(({ command }) => command)}`),
      )
    },
    log: () => log + (running?.stderr ?? ''),
  }
}
