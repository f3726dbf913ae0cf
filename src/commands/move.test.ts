import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../config/config.ts'
import { runCommand } from './run-command.ts'
import { commands } from './table.ts'

/** Runs it where there is no store; the exit code, and everything that was said. */
async function move(...args: string[]): Promise<{ code: number; said: string }> {
  const said: string[] = []
  const code = await runCommand(['move', ...args], {
    commands,
    program: 'threadmill',
    version: '1',
    folder: '/nowhere',
    output: {
      print: (line) => said.push(line),
      json: (value) => said.push(JSON.stringify(value)),
      note: (line) => said.push(line),
      progress: () => () => {},
      columns: undefined,
      stdout: process.stdout,
    },
    config: () => readConfig({ THREADMILL_DATA_DIR: '/nowhere/data' }, { use: 'read' }),
    onSignal: () => {},
    exit: () => {},
    serve: async () => 0,
  })
  return { code, said: said.join('\n') }
}

for (const [args, expected] of [
  [
    ['--to', 'mysql://me:secret@host/db'],
    /--to is no folder, and must be an address of one server, postgres:/,
  ],
  [['--to', 'postgres://me:secret@host:x/db'], /--to is no folder, and must be an address of one server/],
  [['--to', 'folder', '--schema', 'x'], /--schema is for PostgreSQL, and --to is a folder/],
  [['--to', 'postgres://me:secret@host/db', '--schema', 'X y'], /--schema must be small letters/],
  [['--to', 'folder', '--files', 'ftp://me:secret@host'], /--files must be an address like s3:/],
  [['--to', 'folder', '--files', 's3://me:secret@bucket'], /--files must not hold credentials/],
  [['--to', 'folder'], /There is no database in \/nowhere\/data/],
  [[], /--to/],
] satisfies [string[], RegExp][])
  test(`move ${args.join(' ')} is refused, and no password is repeated`, async () => {
    const { code, said } = await move(...args)
    assert.equal(code, 2)
    assert.match(said, expected)
    assert.doesNotMatch(said, /secret/)
  })
