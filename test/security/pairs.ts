import { join } from 'node:path'
import { isTested, testPython } from '../python.ts'
import { findGroups } from '../../src/sandbox/usage/cgroup.ts'
import { defaultSandboxLimits } from '../../src/sandbox/default-limits.ts'
import { findSandboxCandidates } from '../../src/sandbox/find-candidates.ts'
import type { EngineId, PairId } from '../../src/sandbox/pair-ids.ts'
import type { KernelProvider, SandboxLimits } from '../../src/sandbox/sandbox.ts'

const MiB = 1 << 20

const groups = await findGroups()
const pythonDir = await testPython()

/** Below the repository, where `nobody` can read; the prepared files in it are shared by all tests. */
export const place = {
  cacheDir: join(import.meta.dirname, '../../node_modules/.cache/threadmill'),
  uid: process.getuid?.() === 0 ? 65_534 : undefined,
  ...(groups && { groups }),
  ...(pythonDir !== undefined && { pythonDir }),
  /** Small, so that what exceeds them does so quickly. */
  limits: {
    ...defaultSandboxLimits,
    callMs: 20_000,
    graceMs: 1500,
    startMs: 30_000,
    memory: 512 * MiB,
    disk: 32 * MiB,
    output: 256 * 1024,
    images: 3,
    files: 5,
    fileBytes: 4 * MiB,
  } satisfies SandboxLimits,
}

export interface Pairs {
  found: KernelProvider[]
  /** What is not here, and why. */
  missing: string[]
  close(): Promise<void>
}

/** The pairs of this machine whose self-test reaches nothing; only those could ever be chosen. */
export async function findPairs(wanted: 'all' | EngineId | PairId): Promise<Pairs> {
  const { providers, missing } = await findSandboxCandidates(place, wanted)
  const found: KernelProvider[] = []
  const signal = new AbortController().signal
  for (const provider of providers) {
    if (!isTested(provider.id.split('+')[1] ?? '')) continue
    const { ok, reason } = await provider.probe(signal)
    if (ok) {
      await provider.prepare(signal)
      found.push(provider)
    } else {
      missing.push(`${provider.id}: ${reason}`)
      await provider.close?.()
    }
  }
  return {
    found,
    missing,
    async close() {
      await Promise.all(found.map(async (provider) => await provider.close?.()))
    },
  }
}
