import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withinHardLimits } from './hard-limits.ts'
import { core, ofUser, openFiles, processLimits, toCommand, type Launcher, type Program } from './launcher.ts'
import { libraries, systemFolders } from './system-folders.ts'

/** The Python that starts sessions, the folders that it reads, and the folder of this product's Python files. */
export interface OwnPython {
  path: string
  folders: string[]
  folder: string
}

/**
 * Calls unshare(2) in a Python program of this product. It does the same as bubblewrap, for machines that have Python
 * but no bubblewrap. The same code confines the sessions of a fork server.
 */
export function ownNamespaces(python: OwnPython): Launcher {
  return {
    id: 'unshare',
    isolation: 'namespaces',
    wrap(program) {
      const { argv, readOnly } = program
      const settings = confinement({ ...program, readOnly: [...readOnly, ...python.folders] })
      return toCommand([
        python.path,
        '-I',
        join(python.folder, '_enter.py'),
        JSON.stringify(settings),
        ...argv,
      ])
    },
  }
}

/** The settings for confine.py. */
export function confinement({ readOnly, limits, native, filter }: Omit<Program, 'argv'>) {
  const { data, fsize, cpu, as } = processLimits({ limits, native })
  const folders = [...(native ? systemFolders : libraries), ...readOnly]
  const writable = native?.writable ?? [{ path: '/tmp', bytes: 1 << 20 }]
  return {
    folders: folders.filter((path) => existsSync(path)),
    writable: writable.map(({ path, bytes }) => [path, bytes]),
    limits: withinHardLimits({
      core,
      fsize,
      nofile: openFiles,
      cpu,
      data,
      nproc: limits.processes,
      ...(as && { as }),
      ...ofUser,
    }),
    ...(filter !== undefined && { filter }),
  }
}
