import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { bringPackages, testModules } from './test/bring-packages.ts'

// `dist` for the package: what tsc makes of src, and the files that tsc does not know (migrations, the Python harness).
const root = import.meta.dirname
const source = join(root, 'src')
// Another folder than `dist` where one is named.
const target = resolve(process.argv[2] ?? join(root, 'dist'))
const tsc = join(testModules, 'typescript/bin/tsc')

bringPackages()
rmSync(target, { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', target], {
  cwd: root,
  stdio: 'inherit',
})
cpSync(source, target, {
  recursive: true,
  filter: (path) => extname(path) !== '.ts',
})
