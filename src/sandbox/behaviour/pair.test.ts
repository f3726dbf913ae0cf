import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { isTested, testPython } from '../../../test/python.ts'
import { noLog } from '../../common/log.ts'
import type { EngineId, LauncherId } from '../pair-ids.ts'
import type { Kernel, SandboxLimits, KernelOutput } from '../sandbox.ts'
import { startSandboxes, type SandboxOptions, type Sandboxes } from '../start-sandboxes.ts'

// What the cases of this folder share. The tests of each engine call the cases for every launcher that works here.

/**
 * All runs share this folder, and the first one makes the prepared files. It is below the repository, where `nobody`
 * can read.
 */
export const cacheDir = join(import.meta.dirname, '../../../node_modules/.cache/threadmill')
export const MiB = 1 << 20
const limits: Partial<SandboxLimits> = {
  callMs: 20_000,
  graceMs: 1500,
  startMs: 30_000,
  memory: 600 * MiB,
  disk: 32 * MiB,
  output: 64 * 1024,
  images: 3,
  imageBytes: 100_000,
  files: 5,
  fileBytes: 20 * MiB,
}
export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export interface RunOptions {
  timeoutMs?: number
  signal?: AbortSignal
}

export interface Pair {
  engine: EngineId
  launcher: LauncherId
  sandboxes: Sandboxes
  withKernel: <T>(work: (kernel: Kernel) => Promise<T>, key?: string) => Promise<T>
  /** Runs one cell and returns all its outputs. */
  run: (code: string, options?: RunOptions, key?: string) => Promise<KernelOutput[]>
}

/**
 * Registers the cases for each launcher that works here with the engine, and reports the launchers that do not work.
 */
export async function forEachLauncher(
  engine: EngineId,
  launchers: LauncherId[],
  cases: (pair: Pair) => void,
  settings: Partial<SandboxOptions> = {},
): Promise<void> {
  const missing: string[] = []
  const pythonDir = engine === 'pyodide' ? undefined : await testPython()
  for (const launcher of launchers.filter(isTested)) {
    const sandboxes = startSandboxes({
      cacheDir,
      ...(pythonDir !== undefined && { pythonDir }),
      engine: `${engine}+${launcher}`,
      allowWeak: true,
      log: noLog,
      limits,
      spares: 0,
      ...settings,
    })
    const { state, reason } = await sandboxes.settled
    if (state !== 'ready') {
      missing.push(`${engine}+${launcher}: ${reason}`)
      await sandboxes.close()
      continue
    }
    const withKernel: Pair['withKernel'] = (work, key = 'shared') =>
      sandboxes.sessions.use(key, ({ kernel }) => work(kernel))
    const run: Pair['run'] = (code, options = {}, key = 'shared') =>
      withKernel((kernel) => all(kernel.run(code, options)), key)
    describe(`${engine}+${launcher}`, () => {
      after(() => sandboxes.close())
      cases({ engine, launcher, sandboxes, withKernel, run })
    })
  }
  test(`which launchers of ${engine} are tested here`, (t) => {
    t.diagnostic(`not on this machine: ${missing.join('; ') || 'none'}`)
  })
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

export const text = (outputs: KernelOutput[]) =>
  outputs.map((output) => (output.type === 'stream' ? output.text : '')).join('')

export function result(outputs: KernelOutput[]): string | undefined {
  const found = outputs.find((output) => output.type === 'result')
  return found?.type === 'result' ? found.data['text/plain'] : undefined
}

export function status(outputs: KernelOutput[]) {
  const dones = outputs.filter((output) => output.type === 'done')
  assert.equal(dones.length, 1, 'exactly one done')
  assert.equal(outputs.at(-1), dones[0], 'done comes last')
  return dones[0]?.status
}

export const error = (outputs: KernelOutput[]) => outputs.find((output) => output.type === 'error')

/** The pictures among the outputs, each with the kind of its output. */
export const shown = (outputs: KernelOutput[]) =>
  outputs.flatMap((output) =>
    output.type === 'display' || output.type === 'result' ? [[output.type, output.data['image/png']]] : [],
  )

export async function* chunks(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}
