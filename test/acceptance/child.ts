import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../compile-cache.ts'
import { parseEvents, type SeenEvent } from '../runs.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** The key of every server that startServer starts. */
export const apiKey = 'sk-acceptance-tests-only'

/** How a process ended. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A process of the real front door. */
export interface Process extends AsyncDisposable {
  pid: number
  /** What it has written so far. */
  readonly stdout: string
  readonly stderr: string
  readonly exited: Promise<Exit>
  /** Sends the signal; does not wait for anything. */
  signal(name: NodeJS.Signals): void
  /** Kills it, if it still lives, and waits until it is gone. */
  kill(): Promise<void>
}

export interface ServerProcess extends Process {
  url: string
}

/** Runs `src/main.ts` with this environment and nothing of the caller's but where code is compiled. */
export const spawnMain = (env: Record<string, string>, args: string[] = [], cwd = tmpdir()): Process =>
  spawnProgram(process.execPath, [main, ...args], env, cwd)

/** The same for a program that becomes it. */
export function spawnProgram(
  program: string,
  args: string[],
  env: Record<string, string>,
  cwd = tmpdir(),
): Process {
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...compileCache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    exited,
    signal: (name) => void child.kill(name),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

/** Starts a server on a free port and waits until it says where it listens. */
export async function startServer(dataDir: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = spawnMain({
    THREADMILL_PORT: '0',
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_API_KEY: apiKey,
    THREADMILL_CODE_INTERPRETER: 'off',
    THREADMILL_CONFIG: withoutDiscovery,
    ...env,
  })
  return Object.assign(server, { url: await listening(server) })
}

/** The address in what the process prints once it is ready. */
export async function listening(server: Process): Promise<string> {
  const over = server.exited.then(({ code, signal }) => {
    throw new Error(`the server ended with ${code ?? signal} before it was ready: ${server.stderr}`)
  })
  over.catch(() => {})
  for (;;) {
    const address = /http:\/\/(127\.0\.0\.1|\[::1\]):\d+/.exec(server.stdout)?.[0]
    if (address !== undefined) return address
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 5))])
  }
}

/** A new folder that goes away with the test. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }) }
}

const settingsFolder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
process.once('exit', () => rmSync(settingsFolder, { recursive: true, force: true }))
/** Settings with which a server looks for no model of this machine. */
export const withoutDiscovery = join(settingsFolder, 'models.json')
writeFileSync(withoutDiscovery, '{ "discover": false }')

/** The settings of a server that only has to start: a free port, and nothing of this machine. */
export const quiet = {
  THREADMILL_CODE_INTERPRETER: 'off',
  THREADMILL_CONFIG: withoutDiscovery,
  THREADMILL_PORT: '0',
}

/** A request with the key; `body` goes as JSON, or as the form that it is. */
export function call(
  url: string,
  method: 'GET' | 'POST' | 'DELETE',
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const form = body instanceof FormData
  return fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body && !form && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: form ? body : JSON.stringify(body) }),
  })
}

// oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
export async function json(response: Response): Promise<any> {
  return response.json()
}

/** The events of a stream as they arrive; only whole ones count. It throws where the connection breaks. */
export async function* streamed(response: Response): AsyncGenerator<SeenEvent, void> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    const end = text.lastIndexOf('\n\n')
    if (end < 0) continue
    yield* parseEvents(text.slice(0, end + 2))
    text = text.slice(end + 2)
  }
}
