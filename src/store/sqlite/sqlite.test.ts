import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { DatabaseUnavailable } from '../../errors/unavailable.ts'
import { openSqlite } from './sqlite.ts'

test('a database that another process holds for too long is out of reach, and written again when it is let go', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'held.db')
  using other = new DatabaseSync(file)
  other.exec('create table written (id text)')
  const db = openSqlite(file, { busyTimeoutMs: 20 })
  const put = (id: string) => db.write((tx) => tx.run('insert into written values (?)', id))

  other.exec('begin immediate')
  for (const told of await Promise.allSettled([put('a'), put('b')])) {
    const error = told.status === 'rejected' && told.reason
    assert.ok(error instanceof DatabaseUnavailable && !error.whileCommitting, String(error))
  }
  assert.deepEqual(await db.all('select id from written'), [])
  other.exec('rollback')
  await put('c')
  assert.deepEqual({ ...(await db.get<{ id: string }>('select id from written')) }, { id: 'c' })
  await db.close()
})
