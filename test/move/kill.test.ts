import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { StoreAt } from '../../src/store/data-folder.ts'
import type { MoveProgress } from '../../src/store/move/move.ts'
import type { MoveTo } from '../../src/store/move/places.ts'
import { openPostgresSession } from '../../src/store/move/session-postgres.ts'
import { openSqliteSession } from '../../src/store/move/session-sqlite.ts'
import { until } from '../runs.ts'
import {
  closeAll,
  createPlaces,
  fill,
  hasFiles,
  move,
  refused,
  serve,
  storeAt,
  threadsOf,
  type Places,
} from './places.ts'

/** The part of a move in which it is killed, and how far the part has come then, from 0 to 1. */
type Moment = [part: 'opening' | keyof MoveProgress, share: number]

/** Moves until it has come to the moment. Another thread kills the process then, whatever this one is just doing. */
const program = `
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  import { openMove } from ${JSON.stringify(new URL('../../src/store/move/move.ts', import.meta.url).href)}
  const [at, to, [part, share]] = JSON.parse(process.argv[1])
  const killer = new Worker(
    'import { parentPort } from "node:worker_threads"; parentPort.once("message", () => process.kill(process.pid, "SIGKILL"))',
    { eval: true, execArgv: ['--input-type=module'] },
  )
  await once(killer, 'online')
  const watch = (name) => (done, total) => {
    if (name === part && done > 0 && done >= share * total) killer.postMessage('now')
  }
  if (part === 'opening') killer.postMessage('now')
  await using move = await openMove(at, to, '')
  await move.run({ rows: watch('rows'), files: watch('files'), checked: watch('checked') })
`

const startMove = (at: StoreAt, to: MoveTo, moment: Moment) =>
  spawn(process.execPath, ['--input-type=module', '--eval', program, JSON.stringify([at, to, moment])], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })

async function moveAndKill(at: StoreAt, to: MoveTo, moment: Moment): Promise<void> {
  const child = startMove(at, to, moment)
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL', 'it was killed before its end')
}

/** About 20 MB of rows and of contents, so that a process is killed long before its end. */
const threads = Array.from(
  { length: 2_500 },
  (_, n) => `thread_${String(n).padStart(5, '0')}${'x'.repeat(8_000)}`,
)
const files = Object.fromEntries(
  Array.from({ length: 24 }, (_, n) => [`file-${1000 + n}`, Buffer.alloc(800_000, `content ${n} `)]),
)

/** Moves until the first tables of the target are there. */
async function moveAndKillAmongMigrations(at: StoreAt, to: MoveTo): Promise<void> {
  const never: Moment = ['checked', 2]
  const child = startMove(at, to, never)
  await until(async () => {
    assert.equal(child.exitCode, null, 'it was not killed before its end')
    return (await countMigrations(to)) > 2
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** How many are there. None while there is no database yet. */
async function countMigrations(to: MoveTo): Promise<number> {
  try {
    await using session =
      'postgres' in to
        ? await openPostgresSession(to.postgres)
        : openSqliteSession(join(to.dataDir, 'threadmill.db'))
    const [[count] = []] = await session.query('select count(*) from migrations')
    return Number(count)
  } catch {
    return 0
  }
}

suite('a move that was killed is gone on with', () => {
  let sources: Places
  let at: StoreAt
  before(async () => {
    sources = await createPlaces()
    at = await sources.store('source')
    await fill(at, { threads, files })
  })
  after(() => sources[Symbol.asyncDispose]())

  for (const isFolder of [true, false])
    test(`among the migrations of ${isFolder ? 'a folder' : 'PostgreSQL'}`, async () => {
      await using places = await createPlaces()
      const to = isFolder ? { dataDir: places.folder('target') } : await places.postgres('target')
      await moveAndKillAmongMigrations(at, to)
      const starting = serve(storeAt(to, at)).then((running) => closeAll([running]))
      await assert.rejects(starting, /not whole|is being moved/)
      await move(at, to)
      assert.deepEqual(await threadsOf(storeAt(to, at)), threads)
    })

  for (const [what, moment, isFolder] of [
    ['before it has written anything', ['opening', 0], true],
    ['among the rows, to a folder', ['rows', 0.3], true],
    ['among the rows, to PostgreSQL', ['rows', 0.3], false],
    ['among the contents of files', ['files', 0.2], true],
    ['while it checked', ['checked', 0.2], true],
  ] satisfies [string, Moment, boolean][])
    test(what, async () => {
      await using places = await createPlaces()
      const to = isFolder ? { dataDir: places.folder('target') } : await places.postgres('target')
      await moveAndKill(at, to, moment)
      const [part] = moment
      if (part !== 'opening') await refused(storeAt(to, at), { dataDir: places.folder('no') }, /not whole/)

      const { resumed, begunAgain, found, tables, contents } = await move(at, to)
      const rows = tables.reduce((sum, table) => sum + table.rows, 0)
      if (part === 'rows')
        assert.ok(resumed && found > 0 && found < rows, `${found} of ${rows} rows were there`)
      if (part === 'files') assert.ok(contents && contents.found > 0, `${contents?.found} files were there`)
      if (part === 'files' || part === 'checked') assert.equal(found, rows)
      if (part === 'checked') assert.equal(contents?.found, 24)
      assert.equal(begunAgain, false)
      assert.deepEqual(await threadsOf(storeAt(to, at)), threads)
      await hasFiles(storeAt(to, at), files)
    })
})
