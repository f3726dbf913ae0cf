import { join } from 'node:path'
import type { Groups } from './usage/cgroup.ts'
import { findDocker } from './docker/find-docker.ts'
import { findBwrap } from './launchers/bwrap.ts'
import { findLandlock } from './launchers/landlock.ts'
import { ownNamespaces } from './launchers/own-namespaces.ts'
import { nodePermission } from './launchers/permission.ts'
import { findSandboxExec } from './launchers/sandbox-exec.ts'
import { findUnshare } from './launchers/unshare.ts'
import { dataPackages, findInterpreter, type Interpreter } from './native/interpreter.ts'
import type { NativeEngine } from './native/native-engine.ts'
import { fontsHere, makeNativeFolder } from './native/native-folder.ts'
import { forking, spawning, type NativeLauncher } from './native/open-native.ts'
import { nativeProvider } from './native/provider.ts'
import { pyodideProvider } from './pyodide/provider.ts'
import { makeRuntimeFolder } from './pyodide/runtime-folder.ts'
import type { EngineId, PairId } from './pair-ids.ts'
import { isolations, type KernelProvider, type SandboxLimits } from './sandbox.ts'
import type { DockerSettings } from './settings.ts'

export interface Place {
  cacheDir: string
  /** A Python environment for the server alone. It is looked for first. */
  pythonDir?: string
  limits: SandboxLimits
  /** Set when the server is root. */
  uid: number | undefined
  docker?: DockerSettings
  /** Control groups for the sessions, where the server may create them. */
  groups?: Groups
}

export interface Candidates {
  /** The providers in order of preference. */
  providers: KernelProvider[]
  /** The reasons why engines are missing. */
  missing: string[]
}

/**
 * Every pair of an engine and a launcher that this machine may have, with the strongest isolation first. Among equal
 * pairs, a Jupyter kernel comes first when it and the data packages are installed, then plain Python with the packages,
 * then Pyodide, then a Python without them. For each engine, the fastest launcher comes first. `wanted` is an engine, a
 * pair, or all.
 */
export async function findSandboxCandidates(
  place: Place,
  wanted: 'all' | EngineId | PairId,
): Promise<Candidates> {
  const providers: KernelProvider[] = []
  const missing: string[] = []
  const wants = (engine: EngineId) => wanted === 'all' || wanted.split('+')[0] === engine
  const bare: KernelProvider[] = []
  const landlock = await findLandlock(place)
  if ('reason' in landlock) missing.push(`landlock: ${landlock.reason}`)

  if ((wants('jupyter') || wants('python')) && process.platform === 'linux') {
    const native = await findNative(place)
    if ('reason' in native) missing.push(`native Python: ${native.reason}`)
    else {
      const { interpreter } = native
      const lacks = dataPackages.filter((name) => !(name in interpreter.packages))
      const target = lacks.length === 0 || wanted !== 'all' ? providers : bare
      if (lacks.length > 0) missing.push(`${interpreter.path} has no ${lacks.join(', ')}`)
      const hasKernel = 'ipykernel' in interpreter.packages
      if (!hasKernel && wants('jupyter')) missing.push(`${interpreter.path} has no ipykernel`)
      for (const engine of ['jupyter', 'python'] as const) {
        if (!wants(engine) || (engine === 'jupyter' && !hasKernel)) continue
        target.push(...(await nativeProviders({ ...native, engine }, landlock)))
      }
    }
  }
  if (place.docker && (wants('jupyter') || wants('python'))) {
    const containers = await findDocker(place.docker, place, wants)
    if ('reason' in containers) missing.push(`docker: ${containers.reason}`)
    else providers.push(...containers)
  }
  if (wants('pyodide')) {
    const { cacheDir, limits, uid, groups } = place
    const runtime = await makeRuntimeFolder(cacheDir, uid)
    for (const launcher of [
      await findBwrap(),
      landlock,
      await findUnshare(uid),
      findSandboxExec(),
      nodePermission(),
    ]) {
      if (!launcher || 'reason' in launcher) continue
      providers.push(pyodideProvider({ runtime, launcher, limits, uid, wanted, ...(groups && { groups }) }))
    }
  }
  providers.push(...bare)
  const named = wanted.includes('+') ? providers.filter(({ id }) => id === wanted) : providers
  return { providers: named.toSorted((a, b) => strength(a) - strength(b)), missing }
}

const strength = ({ isolation }: KernelProvider) => isolations.indexOf(isolation)

async function findNative({
  cacheDir,
  pythonDir = join(cacheDir, '../python'),
  limits,
  uid,
  groups,
}: Place): Promise<Omit<NativeEngine, 'engine'> | { reason: string }> {
  const interpreter: Interpreter | { reason: string } = await findInterpreter(pythonDir, uid)
  if ('reason' in interpreter) return interpreter
  const folder = await makeNativeFolder(cacheDir, await fontsHere(interpreter), uid)
  return { interpreter, folder, limits, uid, ...(groups && { groups }) }
}

async function nativeProviders(
  native: NativeEngine,
  landlock: Awaited<ReturnType<typeof findLandlock>>,
): Promise<KernelProvider[]> {
  const { interpreter, folder } = native
  const launchers: NativeLauncher[] = [forking(native)]
  const python = { ...interpreter, folder: folder.path }
  const bwrap = await findBwrap(python, native.uid)
  if (bwrap) launchers.push(spawning(native, bwrap))
  launchers.push(spawning(native, ownNamespaces(python)))
  if (!('reason' in landlock)) launchers.push(spawning(native, landlock))
  return launchers.map((launcher) => nativeProvider(native, launcher))
}
