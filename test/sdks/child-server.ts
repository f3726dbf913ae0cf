import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createPythonFixture } from '../python.ts'
import { startSurroundings, type Surroundings } from './surroundings.ts'

export interface ChildServer extends AsyncDisposable {
  /** The two variables that make a program written with the official client ours, and where what is around the server is. */
  client: { OPENAI_BASE_URL: string; OPENAI_API_KEY: string } & Surroundings['client']
  dataDir: string
}

/**
 * A server in a process of its own: it gets a free port, its own data folder and surroundings and none of our environment,
 * so that it finds no model but those it brings. The first address that it prints is taken to be its own.
 */
export async function startChildServer([program, ...parameters]: [
  string,
  ...string[],
]): Promise<ChildServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-child-'))
  const apiKey = 'sk-for-the-child-server'
  await createPythonFixture(dataDir)
  // Otherwise an Ollama on this machine would be found and answer.
  const settings = join(dataDir, 'settings.json')
  const surroundings = await startSurroundings()
  writeFileSync(settings, JSON.stringify({ discover: false, ...surroundings.settings }))
  const child = spawn(program, parameters, {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      THREADMILL_PORT: '0',
      THREADMILL_DATA_DIR: dataDir,
      THREADMILL_API_KEY: apiKey,
      THREADMILL_CONFIG: settings,
      ...surroundings.env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A group of its own: npm does not hand a signal on to what it has started.
    detached: true,
  })
  const stop = () => void (child.exitCode === null && process.kill(-(child.pid ?? NaN), 'SIGTERM'))
  process.once('exit', stop)
  const ended = once(child, 'exit').finally(() => process.off('exit', stop))
  const url = await Promise.race([firstAddress(child.stdout), ended.then(() => undefined)])
  if (url === undefined) {
    await surroundings[Symbol.asyncDispose]()
    throw new Error(`${program} ended before it told its address`)
  }
  return {
    client: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: apiKey, ...surroundings.client },
    dataDir,
    async [Symbol.asyncDispose]() {
      stop()
      await ended
      await surroundings[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function firstAddress(output: NodeJS.ReadableStream): Promise<string | undefined> {
  const lines = createInterface({ input: output })
  for await (const line of lines) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (url === undefined) continue
    output.resume()
    return url
  }
  return undefined
}
