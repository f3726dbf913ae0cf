import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  pid: number
  cycle(model: Model): Cycle
}

export interface Targets extends AsyncDisposable {
  upstream: Running
  /** The model server itself, and a proxy before it. */
  direct: Target
  proxy: Target
  /** The bare SQLite server, by how far it goes to keep what it writes. */
  floorNormal: Target
  floorFull: Target
  threadmill: Target
}

export interface TargetOptions {
  /** Where databases go; the system's temporary folder unless told. */
  dir?: string | undefined
  /** Options of Node for Threadmill, such as `--cpu-prof`. */
  node?: string[]
}

export const apiKey = 'sk-bench-0123456789abcdef'

export async function startTargets({ dir, node = [] }: TargetOptions): Promise<Targets> {
  await using starting = new AsyncDisposableStack()
  const folder = mkdtempSync(join(dir ?? tmpdir(), 'threadmill-bench-'))
  starting.defer(() => rmSync(folder, { recursive: true, force: true }))
  const begin = async (file: string, args: (string | number)[] = []) => {
    const port = await freePort()
    return starting.use(await startProcess(`bench/${file}`, { args: [port, ...args].map(String) }, port))
  }
  const chat = (name: string, { port, pid }: Running): Target => {
    const client = starting.use(connect(`http://127.0.0.1:${port}/v1`))
    return { name, client, pid, cycle: (model) => chatCycle(client, model) }
  }
  const assistants = async (name: string, { port, pid }: Running): Promise<Target> => {
    const client = starting.use(connect(`http://127.0.0.1:${port}/v1`, apiKey))
    const assistant = await newAssistant(client, 'burst')
    return { name, client, assistant, pid, cycle: (model) => assistantsCycle(client, assistant, model) }
  }

  const upstream = await begin('upstream.ts')
  const proxy = await begin('proxy.ts', [upstream.port])
  const floor = async (synchronous: string) =>
    assistants(
      `SQLite floor, ${synchronous}`,
      await begin('floor.ts', [upstream.port, join(folder, `${synchronous}.db`), synchronous]),
    )
  const threadmill = starting.use(await startThreadmill(folder, upstream.port, { node }))

  const targets = {
    upstream,
    direct: chat('the model itself', upstream),
    proxy: chat('bare proxy', proxy),
    floorNormal: await floor('normal'),
    floorFull: await floor('full'),
    threadmill: await assistants('Threadmill', threadmill),
  }
  const stack = starting.move()
  return { ...targets, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

export async function startThreadmill(
  folder: string,
  upstream: number,
  { node = [], codeInterpreter = 'off' }: { node?: string[]; codeInterpreter?: string } = {},
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
    THREADMILL_API_KEY: apiKey,
    THREADMILL_CONFIG: config,
    THREADMILL_CODE_INTERPRETER: codeInterpreter,
  }
  return startProcess('src/main.ts', { node, env }, port)
}
