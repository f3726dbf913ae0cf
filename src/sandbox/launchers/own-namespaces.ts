import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withinHardLimits } from './hard-limits.ts'
import { core, ofUser, openFiles, processLimits, toCommand, type Launcher, type Program } from './launcher.ts'
import { libraries, systemFolders } from './system-folders.ts'

/** A Python that sessions are started with, the folders that it reads, and where our sources are. */
export interface OwnPython {
  path: string
  folders: string[]
  folder: string
}

/**
 * unshare(2) by a Python program of ours: what bubblewrap does, for a machine that has Python and no bubblewrap. The
 * same code confines the sessions of a fork server.
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

/** What confine.py is told. */
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
