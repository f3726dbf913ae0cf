import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../compile-cache.ts'
import { type TestServer } from '../server.ts'

export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export const start = (args: string[], env: Record<string, string>, cwd?: string) =>
  spawn(process.execPath, [main, ...args], {
    env: { ...compileCache, ...env, PATH: '' },
    ...(cwd !== undefined && { cwd }),
  })

/** Runs the program with these arguments to its end. */
export async function threadmill(args: string[], env: Record<string, string>, cwd?: string) {
  const child = start(args, env, cwd)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out: stdout + stderr, stdout, stderr, code: code as number }
}

export const environmentOf = (server: TestServer) => ({
  THREADMILL_PORT: new URL(server.url).port,
  THREADMILL_API_KEY: server.apiKey,
  THREADMILL_DATA_DIR: server.dataDir,
})

export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** Settings in a file, with neither Ollama nor sandbox. */
export function configFile(path: string, settings: object): string {
  const file = join(path, 'config.json')
  writeFileSync(file, JSON.stringify({ discover: false, code_interpreter: { engine: 'off' }, ...settings }))
  return file
}
