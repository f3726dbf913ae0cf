import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expectedPackages } from '../data-packages.ts'
import { systemFolders } from '../launchers/system-folders.ts'

/** A Python that the user of the sandbox can run. */
export interface Interpreter {
  path: string
  version: string
  /** The versions of the packages that matter, by name. */
  packages: Record<string, string>
  /** The folders that it reads and that are not part of the system. */
  folders: string[]
}

/** The packages that people expect of a code interpreter. */
export const dataPackages = ['numpy', 'pandas', 'matplotlib']

const looked = { ...expectedPackages, ipykernel: 'ipykernel', matplotlib_inline: 'matplotlib-inline' }

/**
 * Tries the private environment, the Python of the system and the one on the PATH, in this order. Returns the first
 * that has the data packages, or else the first that runs. With `uid` it must run as that user. Returns the reasons
 * when there is none.
 */
export async function findInterpreter(
  privateFolder: string,
  uid: number | undefined,
): Promise<Interpreter | { reason: string }> {
  const reasons: string[] = []
  const found: Interpreter[] = []
  // The link may point out of a data folder that the user of the sandbox cannot enter.
  const own = existsSync(privateFolder) ? realpathSync(privateFolder) : privateFolder
  const candidates = [join(own, 'bin/python3'), '/usr/bin/python3', await onPath('python3')]
  for (const path of new Set(candidates)) {
    if (path === undefined || !existsSync(path)) continue
    try {
      const interpreter = await look(path, uid)
      if (dataPackages.every((name) => name in interpreter.packages)) return interpreter
      found.push(interpreter)
    } catch (error) {
      reasons.push(`${path}: ${(error as Error).message.split('\n')[0]?.slice(0, 200)}`)
    }
  }
  return found[0] ?? { reason: reasons.join('; ') || 'python3 is not installed' }
}

const run = promisify(execFile)

async function look(path: string, uid: number | undefined): Promise<Interpreter> {
  const { stdout } = await run(path, ['-I', '-c', question], {
    env: {},
    cwd: '/',
    timeout: 15_000,
    ...(uid !== undefined && { uid, gid: uid }),
  })
  const said = JSON.parse(stdout) as { version: string; packages: Record<string, string>; paths: string[] }
  const isSystem = (folder: string) =>
    systemFolders.some((system) => folder === system || folder.startsWith(`${system}/`))
  const paths = [...said.paths, dirname(dirname(path)), dirname(dirname(realpathSync(path)))]
  const folders = [...new Set(paths)].filter(
    (folder) => !['/', '/usr', '/usr/local'].includes(folder) && !isSystem(folder) && existsSync(folder),
  )
  // The Python of an image is in /usr/local, together with other things.
  if (said.paths.includes('/usr/local')) folders.push('/usr/local/bin', '/usr/local/lib')
  return { path, version: said.version, packages: said.packages, folders: outermost(folders) }
}

/** Removes folders that are inside others. */
function outermost(folders: string[]): string[] {
  return folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}/`)))
}

/** Finds a program as a shell of the user would. Only that shell sees the environment. */
export async function onPath(program: 'python3' | `python3.${string}` | 'uv'): Promise<string | undefined> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', `command -v ${program}`])
    return stdout.trim().startsWith('/') ? stdout.trim() : undefined
  } catch {
    return undefined
  }
}

/** The packages are looked up and not imported, because importing them takes seconds. */
export const question = `
import importlib.util, json, os, sys
from importlib import metadata
if sys.version_info < (3, 9): sys.exit('Python 3.9 or newer is needed')
packages = {}
for name, package in json.loads('${JSON.stringify(looked)}').items():
    if importlib.util.find_spec(name):
        try: packages[name] = metadata.version(package)
        except metadata.PackageNotFoundError: packages[name] = ''
paths = [sys.prefix, sys.base_prefix, *sys.path]
print(json.dumps({
    'version': '.'.join(map(str, sys.version_info[:3])),
    'packages': packages,
    'paths': [os.path.realpath(path) for path in paths if os.path.isdir(path)],
}))
`
