import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { onPath } from '../native/interpreter.ts'
import { findPythonWithPip } from './base-python.ts'

const publicIndex = 'https://pypi.org/simple/'

/** In the order in which pip lets them win. */
const pipNames = [':env:.index-url', 'install.index-url', 'global.index-url']

/** The address from which packages would come without a mirror in our settings, as uv or pip is configured here. */
export async function findPackageIndex(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  if ((await onPath('uv')) !== undefined) return env['UV_DEFAULT_INDEX'] ?? env['UV_INDEX_URL'] ?? publicIndex
  const python = await findPythonWithPip()
  if (!python) return env['PIP_INDEX_URL'] ?? publicIndex
  const asked = promisify(execFile)(python.path, ['-I', '-m', 'pip', 'config', 'list'], {
    env,
    timeout: 20_000,
  })
  const { stdout } = await asked.catch(() => ({ stdout: '' }))
  return indexIn(stdout) ?? publicIndex
}

/** The index in what `pip config list` prints: `global.index-url='https://...'`. */
export function indexIn(listed: string): string | undefined {
  const values = new Map(
    [...listed.matchAll(/^(\S+?)=(['"])(.*)\2$/gm)].map(([, name = '', , value = '']) => [name, value]),
  )
  return pipNames.map((name) => values.get(name)).find((value) => value !== undefined)
}
