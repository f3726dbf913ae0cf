import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bringPackages as bringPackagesOf } from '../bring-packages.ts'
import { mcpPackages, s3Packages, telemetryPackages } from '../src/common/optional-packages.ts'

/** Where the packages of `test/package.json` are: a test below `test/` imports them by their names. */
export const testModules = join(import.meta.dirname, 'node_modules')
const modules = fileURLToPath(new URL('../node_modules', import.meta.url))

/**
 * Installs what only tests and checks need, unless it is there: clients, vitest, the compiler and the linter, over ten
 * thousand files that whoever wants to try a clone should not wait for. Examples and benches find the client as well.
 */
export function bringPackages(): void {
  bringPackagesOf(import.meta.dirname)
  for (const name of linked) linkPackage(name)
}

/** What programs outside of `test/` look for as well: the client of the API, and the server what few servers need. */
const linked = [
  'openai',
  ...[s3Packages, telemetryPackages, mcpPackages].flatMap(({ versions }) => Object.keys(versions)),
]

/** A package that somebody has installed there stays. */
function linkPackage(name: string): void {
  const place = join(modules, name)
  try {
    if (existsSync(place)) return
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(relative(dirname(place), join(testModules, name)), place)
  } catch (error) {
    // Another test may have been quicker.
    if (!existsSync(place)) throw error
  }
}

if (import.meta.main) bringPackages()
