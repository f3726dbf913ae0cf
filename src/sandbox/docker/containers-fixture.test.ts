import assert from 'node:assert/strict'
import { cacheDir, MiB } from '../behaviour/pair.test.ts'
import { defaultSandboxLimits } from '../default-limits.ts'
import type { KernelProvider } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { uid } from './fake-container.test.ts'
import { image, type FakeEngine } from './fake-engine.test.ts'
import { findDocker } from './find-docker.ts'

const limits = { ...defaultSandboxLimits, memory: 400 * MiB, disk: 32 * MiB, startMs: 30_000, graceMs: 1000 }

/** What a container of the tests is made with. */
export const program = {
  image: `sha256:${'5'.repeat(64)}`,
  limits,
  writable: ['/mnt/data', '/tmp', '/dev/shm'].map((path) => ({ path, bytes: MiB })),
}

/** What is found of Docker where this engine listens. */
export const findIn = (engine: FakeEngine, settings: Partial<DockerSettings> = {}) =>
  findDocker({ image, socket: engine.socket, ...settings }, { cacheDir, limits, uid }, () => true)

/** The plain Python of this engine, which has to be there. */
export async function providerIn(
  engine: FakeEngine,
  settings?: Partial<DockerSettings>,
): Promise<KernelProvider> {
  const found = await findIn(engine, settings)
  assert.ok(!('reason' in found), JSON.stringify(found))
  return found.at(-1)!
}
