import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bringPackages } from './bring-packages.ts'

/** Runs the tests of the store and of the API once more, with their rows in PostgreSQL; or those that are named. */
const [...named] = process.argv.slice(2)
const files =
  named.length > 0 ? named : ['test/store/**/*.test.ts', 'test/api/**/*.test.ts', 'src/engine/*er.test.ts']

bringPackages()
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-concurrency=3',
    '--test-timeout=300000',
    ...['spec', './test/slowest-files.ts'].flatMap((reporter) => [
      `--test-reporter=${reporter}`,
      '--test-reporter-destination=stdout',
    ]),
    ...files,
  ],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, THREADMILL_TEST_DATABASE: 'postgres' },
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
