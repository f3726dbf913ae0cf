import { randomUUID } from 'node:crypto'
import { writableFolders, type NativeEngine } from '../native/native-engine.ts'
import { makeNativeFolder } from '../native/native-folder.ts'
import { nativeProvider } from '../native/provider.ts'
import type { EngineId } from '../pair-ids.ts'
import { SandboxUnavailable, type KernelProvider, type SandboxLimits } from '../sandbox.ts'
import type { DockerSettings } from '../settings.ts'
import { askImage } from './ask-image.ts'
import { docker } from './docker-launcher.ts'
import { openEngine } from './docker-engine.ts'

interface Place {
  cacheDir: string
  limits: SandboxLimits
  uid: number | undefined
}

/** The pairs that the image of the operator provides, with Jupyter first, or the reason why there are none. */
export async function findDocker(
  settings: DockerSettings,
  { cacheDir, limits, uid }: Place,
  wants: (engine: EngineId) => boolean,
): Promise<KernelProvider[] | { reason: string }> {
  try {
    const engine = await openEngine(settings)
    const { image, runtime } = engine
    const program = { image, limits, writable: writableFolders({ limits }), ...(runtime && { runtime }) }
    const { interpreter, machine } = await askImage(engine, program, randomUUID())
    const { path, fonts } = await makeNativeFolder(cacheDir, image, uid)
    const engines = (['jupyter', 'python'] as const).filter(
      (name) => wants(name) && (name === 'python' || 'ipykernel' in interpreter.packages),
    )
    if (engines.length === 0) return { reason: 'the image has no ipykernel' }
    const providers = engines.map(async (name) => {
      const native: NativeEngine = { engine: name, interpreter, folder: { path, fonts }, limits, uid }
      return nativeProvider(native, await docker(native, engine, machine))
    })
    return await Promise.all(providers)
  } catch (error) {
    if (error instanceof SandboxUnavailable) return { reason: error.message }
    throw error
  }
}
