import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { onPath } from '../native/interpreter.ts'
import { SetupFailure } from './setup-failure.ts'
import { commandLine } from '../../common/called-as.ts'

/** A Python from which a private environment can be made. */
export interface BasePython {
  /** The path of the program itself, and not of a shim. */
  path: string
  version: string
  /** Whether it can make environments at all. */
  hasVenv: boolean
  /** Whether it can put pip into an environment. Debian has that in a separate package. */
  hasEnsurepip: boolean
  hasPip: boolean
  /** Whether its pip can install into the environments of other Pythons. */
  hasPipForOthers: boolean
}

/** The versions for which requirements.txt has packages. */
const versions = ['3.14', '3.13', '3.12', '3.11', '3.10'] as const

/**
 * Looks for the Python of the system and the one on the PATH, and then for the names of the versions. Prefers the first
 * that can put pip into an environment. With `uid` (the server is root) it must run as that user. Throws SetupFailure.
 */
export async function findBasePython(uid: number | undefined): Promise<BasePython> {
  const usable: BasePython[] = []
  const passedOver: string[] = []
  for (const path of await installed()) {
    try {
      const python = await askPython(path, uid)
      if (!versions.some((version) => python.version.startsWith(`${version}.`)))
        passedOver.push(`${path} is ${python.version}`)
      else if (python.hasEnsurepip) return python
      else usable.push(python)
    } catch (error) {
      passedOver.push(`${path}: ${(error as Error).message.trim().split('\n').at(-1)?.slice(0, 200)}`)
    }
  }
  if (usable[0]) return usable[0]
  const what = `Python ${versions.at(-1)} to ${versions[0]} is needed`
  if (passedOver.length > 0) throw new SetupFailure(`${what}; ${passedOver.join('; ')}`)
  throw new SetupFailure(
    `${what}, and python3 is not installed (Debian: apt-get install python3 python3-venv; uv: uv python install ${versions[1]}); ` +
      `"${commandLine('python prefetch')}" needs none and fetches data packages for Pyodide`,
  )
}

/** Any Python of this machine that the caller can run and whose pip installs into environments of other Pythons. */
export async function findPythonWithPip(): Promise<BasePython | undefined> {
  for (const path of await installed()) {
    const python = await askPython(path, undefined).catch(() => undefined)
    if (python?.hasPipForOthers) return python
  }
  return undefined
}

/** The paths in order of preference. */
async function installed(): Promise<string[]> {
  const named = versions.map((version) => `/usr/bin/python${version}`)
  // These are the names of Pythons that uv installs.
  const others = await Promise.all(versions.map((version) => onPath(`python${version}`)))
  const candidates = new Set(['/usr/bin/python3', await onPath('python3'), ...named, ...others])
  return [...candidates].filter((path) => path !== undefined && existsSync(path)) as string[]
}

/**
 * Finds out what a Python can do. In an environment (activated, or made by uv), it is the Python from which the
 * environment was made, because the environment may be removed and has no pip of its own. Rejects when it does not run,
 * or not as the user `uid`.
 */
export async function askPython(path: string, uid: number | undefined): Promise<BasePython> {
  const { stdout } = await promisify(execFile)(path, ['-I', '-c', question], {
    cwd: '/',
    timeout: 15_000,
    ...(uid !== undefined && { env: {}, uid, gid: uid }),
  })
  const { base, ...python } = JSON.parse(stdout) as BasePython & { base: string }
  return base === python.path ? python : askPython(base, uid)
}

const question = `
import importlib.util, json, sys
from importlib import metadata
try: pip = [int(part) for part in metadata.version('pip').split('.')[:2]]
except Exception: pip = [0]
print(json.dumps({
    'path': sys.executable,
    'base': sys.executable if sys.prefix == sys.base_prefix else sys._base_executable,
    'version': '.'.join(map(str, sys.version_info[:3])),
    'hasVenv': importlib.util.find_spec('venv') is not None,
    'hasEnsurepip': importlib.util.find_spec('ensurepip') is not None,
    'hasPip': importlib.util.find_spec('pip') is not None,
    'hasPipForOthers': pip >= [22, 3],
}))
`
