import { join } from 'node:path'
import { defaultSandboxLimits } from '../../src/sandbox/default-limits.ts'
import { findSandboxCandidates } from '../../src/sandbox/find-candidates.ts'
import type { EngineId } from '../../src/sandbox/pair-ids.ts'
import type { Kernel } from '../../src/sandbox/sandbox.ts'
import { sandboxUser } from '../../src/sandbox/sandbox-user.ts'
import { testPython } from '../python.ts'

const cacheDir = join(import.meta.dirname, '../../node_modules/.cache/threadmill')

/** A session of every pair of this machine that confines what it runs, one after another. */
export async function forEachPair(
  work: (pair: { id: string; engine: EngineId; kernel: Kernel }) => Promise<void>,
): Promise<void> {
  const pythonDir = await testPython()
  const { signal } = new AbortController()
  for (const engine of ['jupyter', 'python', 'pyodide'] as const) {
    const limits = { ...defaultSandboxLimits, startMs: 60_000 }
    const place = { cacheDir, limits, uid: sandboxUser(), ...(pythonDir !== undefined && { pythonDir }) }
    for (const provider of (await findSandboxCandidates(place, engine)).providers) {
      try {
        if (provider.isolation === 'seat belt' || !(await provider.probe(signal)).ok) continue
        await provider.prepare(signal)
        const kernel = await provider.open({})
        await work({ id: provider.id, engine, kernel })
        await kernel.close()
      } finally {
        await provider.close?.()
      }
    }
  }
}
