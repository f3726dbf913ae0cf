import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'

// `dist` for the package: what tsc makes of src, and the files that tsc does not know (migrations, the Python harness).
const root = import.meta.dirname
const source = join(root, 'src')
// Another folder than `dist` where one is named.
const target = resolve(process.argv[2] ?? join(root, 'dist'))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')

rmSync(target, { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', target], {
  cwd: root,
  stdio: 'inherit',
})
cpSync(source, target, {
  recursive: true,
  filter: (path) => extname(path) !== '.ts',
})
