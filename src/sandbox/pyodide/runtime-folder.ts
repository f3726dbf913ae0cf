import { readFile } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { basename, dirname, join } from 'node:path'
import {
  type Contents,
  writeFolder,
  sandboxCacheFolder,
  othersReach,
  pythonSources,
} from '../write-folder.ts'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import { findPackages, type PackageFolder, type PackageSet } from './packages/package-set.ts'
import { defaultSets } from './packages/default-sets.ts'

/** Everything that the child needs, in one folder. The child sees no other folder of this product. */
export interface RuntimeFolder {
  path: string
  /** The Node program that the child executes. */
  node: string
  /** The seccomp program for this machine. Undefined when there is none. */
  filter?: string
  /** The packages that have been fetched. */
  packages: PackageFolder[]
  versions: Record<string, string>
  /** The modules that cannot be imported because they have not been fetched. */
  absent: string[]
}

const pyodideFiles = [
  'package.json',
  'pyodide-lock.json',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'pyodide.mjs',
  'python_stdlib.zip',
]
const harness = [
  'harness.py',
  'harness_commands.py',
  'harness_files.py',
  'harness_html.py',
  'harness_ipython.py',
  'harness_magics.py',
  'harness_output.py',
  'harness_packages.py',
  'harness_pictures.py',
  'harness_plain.py',
  'harness_plotly.py',
  'harness_pyodide.py',
  'harness_timing.py',
  'harness_traceback.py',
]

/**
 * Writes Pyodide, the kernel and the harness to `<cacheDir>/pyodide-<version>-<hash>`. With `uid` (the server is root)
 * it also copies Node when Node is in a home folder. Lists the packages that are there.
 */
export async function makeRuntimeFolder(
  cacheDir: string,
  uid?: number,
  sets?: PackageSet[],
): Promise<RuntimeFolder> {
  const parent = await sandboxCacheFolder(cacheDir, uid)
  const pyodide = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))
  const { version } = JSON.parse(await readFile(join(pyodide, 'package.json'), 'utf8')) as { version: string }
  const texts: Map<string, string | Uint8Array> = await pythonSources(harness)
  for (const name of [
    './kernel',
    './memory-files',
    './arriving-file',
    './mount-packages',
    '../kernel/frames',
  ]) {
    texts.set(`${basename(name)}.js`, await readModule(name))
  }
  const filter = seccompFilter(process.arch)
  if (filter) texts.set('seccomp.bpf', filter)
  const copies: Contents['copies'] = new Map()
  for (const name of pyodideFiles) copies.set(name, { from: join(pyodide, name), mode: 0o444 })
  const needsNode = uid !== undefined && !othersReach(process.execPath)
  if (needsNode) copies.set('node', { from: process.execPath, mode: 0o555 })
  const path = await writeFolder(parent, `pyodide-${version}`, { texts, copies })
  const { folders, versions, absent } = await findPackages(parent, sets ?? (await defaultSets()))
  return {
    path,
    packages: folders,
    versions,
    absent,
    node: needsNode ? join(path, 'node') : process.execPath,
    ...(filter && { filter: join(path, 'seccomp.bpf') }),
  }
}

/**
 * The module as plain JavaScript, with its imports beside it. From source its types are removed; when it is built it
 * has none.
 */
async function readModule(name: string): Promise<string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const text = await readFile(new URL(`${name}.${extension}`, import.meta.url), 'utf8')
  const script = extension === 'ts' ? withoutTypes(text) : text
  return script.replaceAll(/from '\.{1,2}\/(?:[\w-]+\/)?([\w-]+)\.(?:ts|js)'/g, "from './$1.js'")
}

/** Node marks this function as experimental and prints a warning at the first call. Users would read it on stderr. */
function withoutTypes(text: string): string {
  // oxlint-disable-next-line unbound-method -- put back as it was, never called here
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}
