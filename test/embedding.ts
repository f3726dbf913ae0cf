import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bringPackages, testModules } from './bring-packages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface Project extends Disposable {
  folder: string
  /** Runs a command as its reader types it, in the folder of the examples. Rejects when it fails. */
  run(command: string): Promise<{ stdout: string; stderr: string }>
}

/** A project that has the package as it is published, the official client and vitest, and a copy of `examples/testing`. */
export function createProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-project-'))
  const modules = join(folder, 'node_modules')
  const ours = join(root, 'node_modules')
  bringPackages()
  mkdirSync(join(modules, 'threadmill'), { recursive: true })
  execFileSync(process.execPath, [join(root, 'build.ts'), join(modules, 'threadmill/dist')])
  cpSync(join(root, 'package.json'), join(modules, 'threadmill/package.json'))
  symlinkSync(ours, join(modules, 'threadmill/node_modules'))
  mkdirSync(join(modules, '@types'))
  mkdirSync(join(modules, '.bin'))
  for (const name of ['openai', '@types/node']) symlinkSync(join(ours, name), join(modules, name))
  symlinkSync(join(testModules, 'vitest'), join(modules, 'vitest'))
  symlinkSync(join(testModules, 'vitest/vitest.mjs'), join(modules, '.bin/vitest'))
  cpSync(join(root, 'examples/testing'), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  // Node runs no tests in a process of which this variable says that it is a test.
  const { NODE_TEST_CONTEXT: _, ...outside } = process.env
  const env = { ...outside, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }
  return {
    folder,
    run: (command) => promisify(execFile)('sh', ['-c', command], { cwd: folder, env }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
