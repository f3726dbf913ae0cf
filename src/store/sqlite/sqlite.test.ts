import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'
import { openSqlite } from './sqlite.ts'

/** A database with a table, and a connection of another program to its file. */
function heldDatabase(busyTimeoutMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'held.db')
  const other = new DatabaseSync(file)
  other.exec('create table written (id text)')
  const db = openSqlite(file, { busyTimeoutMs })
  return {
    db,
    other,
    put: (id: string) => db.write((tx) => tx.run('insert into written values (?)', id)),
    async [Symbol.asyncDispose]() {
      await db.close()
      other.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('a database that another process holds for too long is out of reach, and written again when it is let go', async () => {
  await using held = heldDatabase(20)
  const { db, other, put } = held
  other.exec('begin immediate')
  for (const told of await Promise.allSettled([put('a'), put('b')])) {
    const error = told.status === 'rejected' && told.reason
    assert.ok(error instanceof DatabaseUnavailable && !error.whileCommitting, String(error))
  }
  assert.deepEqual(await db.all('select id from written'), [])
  other.exec('rollback')
  await put('c')
  assert.deepEqual({ ...(await db.get<{ id: string }>('select id from written')) }, { id: 'c' })
})

test('what is written waits for another process that holds the file, and everything else goes on', async () => {
  await using held = heldDatabase(10_000)
  const { db, other, put } = held
  other.exec('begin exclusive')
  const written = [put('a'), put('b')]
  for (let turns = 0; turns < 5; turns++) {
    await pause(5)
    assert.deepEqual(await db.all('select id from written'), [])
  }
  other.exec('commit')
  await Promise.all(written)
  assert.deepEqual(
    (await db.all<{ id: string }>('select id from written')).map(({ id }) => id),
    ['a', 'b'],
  )
})
