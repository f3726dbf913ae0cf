import { execFileSync } from 'node:child_process'
import { cpSync, globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
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
dropUnreachableTypes(['index.d.ts', 'models/scripted.d.ts'])

/** Keeps the types that what a program may import leads to. All others are only files. */
function dropUnreachableTypes(entries: string[]): void {
  const reached = new Set(entries.map((entry) => join(target, entry)))
  for (const file of reached) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import)\s*\(?["'](\.{1,2}\/[^"']+)\.[jt]s["']/g,
    ))
      reached.add(join(dirname(file), `${name}.d.ts`))
  }
  for (const name of globSync('**/*.d.ts', { cwd: target }))
    if (!reached.has(join(target, name))) rmSync(join(target, name))
}
