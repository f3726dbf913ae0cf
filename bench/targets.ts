import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client as PostgresClient } from 'pg'
import { startPostgres } from '../test/postgres/server.ts'
import { connect, type Client } from './client.ts'
import { assistantsCycle, chatCycle, newAssistant, type Cycle } from './cycle.ts'
import { modelSpeeds, type Model } from './model-speeds.ts'
import { freePort, startProcess, type Running } from './process.ts'

/** One server to be measured, in a process of its own. */
export interface Target {
  name: string
  client: Client
  /** Of the Assistants API; none where the model is spoken to directly. */
  assistant?: string
  /** Of its process, or of all of them where several servers share one database. */
  pids: [number, ...number[]]
  cycle(model: Model): Cycle
}

export interface Targets extends AsyncDisposable {
  upstream: Running
  /** The model server itself, and a proxy before it. */
  direct: Target
  proxy: Target
  /**
   * Bare servers over the same kind of database. Over SQLite there are two, by how far they go to keep what they write;
   * the last of them keeps it as Threadmill does.
   */
  floors: Target[]
  threadmill: Target
  /** Two Threadmills on one PostgreSQL, asked in turn. None over SQLite. */
  replicas: Target[]
}

export interface TargetOptions {
  /** Where databases go; the system's temporary folder unless told. */
  dir?: string | undefined
  /** Options of Node for Threadmill, such as `--cpu-prof`. */
  node?: string[]
  /** Over a PostgreSQL that is started for it, instead of SQLite. */
  postgres?: boolean
}

export const apiKey = 'sk-bench-0123456789abcdef'

export async function startTargets({ dir, node = [], postgres = false }: TargetOptions): Promise<Targets> {
  await using starting = new AsyncDisposableStack()
  const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
  starting.defer(() => rmSync(folder, { recursive: true, force: true }))
  const begin = async (file: string, args: (string | number)[] = []) => {
    const port = await freePort()
    return starting.use(await startProcess(`bench/${file}`, { args: [port, ...args].map(String) }, port))
  }
  const chat = (name: string, { port, pid }: Running): Target => {
    const client = starting.use(connect(`http://127.0.0.1:${port}/v1`))
    return { name, client, pids: [pid], cycle: (model) => chatCycle(client, model) }
  }
  const assistants = async (name: string, server: Running, ...others: Running[]): Promise<Target> => {
    const open = ({ port }: Running) => starting.use(connect(`http://127.0.0.1:${port}/v1`, apiKey))
    const client = open(server)
    const clients = [client, ...others.map(open)]
    const assistant = await newAssistant(client, 'burst')
    const cycle = (model: Model) => inTurn(clients.map((client) => assistantsCycle(client, assistant, model)))
    return { name, client, assistant, pids: [server.pid, ...others.map(({ pid }) => pid)], cycle }
  }

  const upstream = await begin('upstream.ts')
  const proxy = await begin('proxy.ts', [upstream.port])
  const floor = async (name: string, ...place: string[]) =>
    assistants(name, await begin('floor.ts', [upstream.port, ...place]))
  const threadmill = async (name: string, env = {}) => {
    const own = join(folder, name)
    mkdirSync(own)
    return starting.use(await startThreadmill(own, upstream.port, { node, env }))
  }

  const database = postgres ? await databases(starting) : undefined
  const shared = { THREADMILL_DATABASE_URL: database?.('shared') ?? '' }
  const targets = {
    upstream,
    direct: chat('the model itself', upstream),
    proxy: chat('bare proxy', proxy),
    floors: database
      ? [await floor('PostgreSQL floor', database('floor'))]
      : [
          await floor('SQLite floor, normal', join(folder, 'normal.db'), 'normal'),
          await floor('SQLite floor, full', join(folder, 'full.db'), 'full'),
        ],
    threadmill: await assistants(
      'Threadmill',
      await threadmill('one', database && { THREADMILL_DATABASE_URL: database('one') }),
    ),
    replicas: database
      ? [
          await assistants(
            'two Threadmills',
            await threadmill('first', shared),
            await threadmill('second', shared),
          ),
        ]
      : [],
  }
  const stack = starting.move()
  return { ...targets, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** Of several servers that have the same data, each answers the next client's run. */
function inTurn(cycles: Cycle[]): Cycle {
  let next = 0
  return () => (cycles[next++ % cycles.length] as Cycle)()
}

/** A PostgreSQL whose commits wait for the disk; each name has an empty database of its own there. */
async function databases(starting: AsyncDisposableStack): Promise<(name: string) => string> {
  const server = starting.use(await startPostgres())
  const admin = new PostgresClient({ connectionString: server.url })
  await admin.connect()
  for (const name of ['floor', 'one', 'shared']) await admin.query(`create database ${name}`)
  await admin.end()
  return (name) => server.url.replace(/\/postgres$/, `/${name}`)
}

export async function startThreadmill(
  folder: string,
  upstream: number,
  {
    node = [],
    codeInterpreter = 'off',
    env: more = {},
  }: { node?: string[]; codeInterpreter?: string; env?: Record<string, string> } = {},
): Promise<Running> {
  const port = await freePort()
  const config = join(folder, 'config.json')
  const models = Object.entries(modelSpeeds).map(([id, { contextWindow }]) => [
    id,
    { context_window: contextWindow },
  ])
  writeFileSync(
    config,
    JSON.stringify({
      discover: false,
      providers: {
        bench: {
          type: 'openai-compatible',
          base_url: `http://127.0.0.1:${upstream}/v1`,
          models: Object.fromEntries(models),
        },
      },
    }),
  )
  const env = {
    THREADMILL_PORT: String(port),
    THREADMILL_DATA_DIR: join(folder, 'data'),
    // As a server in production does, and so that the lines do not come between the figures.
    THREADMILL_LOG_FILE: join(folder, 'log'),
    THREADMILL_LOG_LEVEL: 'info',
    THREADMILL_API_KEY: apiKey,
    THREADMILL_CONFIG: config,
    THREADMILL_CODE_INTERPRETER: codeInterpreter,
    ...more,
  }
  return startProcess('src/main.ts', { node, env }, port)
}
