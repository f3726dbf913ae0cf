import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { onPath } from '../native/interpreter.ts'
import { SetupFailure } from './setup-failure.ts'

/** A Python from which a private environment can be made. */
export interface BasePython {
  /** The program itself, not a shim. */
  path: string
  version: string
  /** Whether it brings pip into an environment; Debian keeps that in a package of its own. */
  hasEnsurepip: boolean
  hasPip: boolean
}

/** Those for which requirements.txt has packages. */
const versions = ['3.14', '3.13', '3.12', '3.11', '3.10']

/**
 * The system's Python or that on the PATH, else one under the name of its version. With `uid` (the server is root) it
 * must run for that user. Throws SetupFailure.
 */
export async function findBasePython(uid: number | undefined): Promise<BasePython> {
  const named = versions.map((version) => `/usr/bin/python${version}`)
  const candidates = new Set(['/usr/bin/python3', await onPath('python3'), ...named])
  const passedOver: string[] = []
  for (const path of candidates) {
    if (path === undefined || !existsSync(path)) continue
    try {
      const python = await look(path, uid)
      if (versions.some((version) => python.version.startsWith(`${version}.`))) return python
      passedOver.push(`${path} is ${python.version}`)
    } catch (error) {
      passedOver.push(`${path}: ${(error as Error).message.trim().split('\n').at(-1)?.slice(0, 200)}`)
    }
  }
  const what = `Python ${versions.at(-1)} to ${versions[0]} is needed`
  if (passedOver.length > 0) throw new SetupFailure(`${what}; ${passedOver.join('; ')}`)
  throw new SetupFailure(
    `${what}, and python3 is not installed (Debian: apt-get install python3 python3-venv)`,
  )
}

async function look(path: string, uid: number | undefined): Promise<BasePython> {
  const { stdout } = await promisify(execFile)(path, ['-I', '-c', question], {
    cwd: '/',
    timeout: 15_000,
    ...(uid !== undefined && { env: {}, uid, gid: uid }),
  })
  return JSON.parse(stdout) as BasePython
}

const question = `
import importlib.util, json, sys
print(json.dumps({
    'path': sys.executable,
    'version': '.'.join(map(str, sys.version_info[:3])),
    'hasEnsurepip': importlib.util.find_spec('ensurepip') is not None,
    'hasPip': importlib.util.find_spec('pip') is not None,
}))
`
