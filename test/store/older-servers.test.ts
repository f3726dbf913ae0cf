import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { countsBetween, countUse } from '../../src/store/usage/usage-counts.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { insertContainer } from '../../src/store/containers.ts'
import { eraseArchivedProjects } from '../../src/store/chores/erase-projects.ts'
import { createLostSandboxSearch } from '../../src/store/chores/lost-sandboxes.ts'
import { insertSandboxFile, sandboxFiles } from '../../src/store/sandbox-files.ts'
import { openConversation } from '../../src/store/threads.ts'
import { passOnAll, stopWaiting, waitForThread } from '../../src/store/waiting-runs.ts'
import { createStoreFixture } from './fixture.ts'

type Store = Awaited<ReturnType<typeof createStoreFixture>>

/** What a server of the version before has written into the tables of this one. */
async function writtenByOlder(s: Store): Promise<void> {
  const text = readFileSync(new URL('statements-of-older-servers.sql', import.meta.url), 'utf8')
  for (const sql of text
    .replace(/^--.*$/m, '')
    .split(';\n')
    .filter((one) => one.trim() !== ''))
    await s.db.write((tx) => tx.run(sql))
}

/** SQLite gives objects without a prototype. */
const plain = (rows: object[]) => rows.map((row) => ({ ...row }))

/** How such a server looks for a run that it may begin. */
const olderClaims = async (s: Store) => {
  const waiting = "lease_owner is null and losses = 0 and status in ('queued', 'in_progress', 'cancelling')"
  const first = `select id from runs where ${waiting} order by seq`
  const lost = 'select id from runs where lease_owner is null and losses > 0 and blamed <> 2'
  return (await s.db.all<{ id: string }>(first)).concat(await s.db.all(lost)).map(({ id }) => id)
}

test('what servers of the version before write is read as if this one had written it', async () => {
  await using s = await createStoreFixture()
  await writtenByOlder(s)
  assert.deepEqual(plain(await sandboxFiles(s.db, 'thread_1')), [
    { path: 'a.txt', file_id: 'file-1', purpose: 'assistants_output', source: 'assistant' },
  ])
  assert.deepEqual(await sandboxFiles(s.db, 'thread_2'), [])
  assert.deepEqual(plain(await s.db.all('select thread_id, server, state, api_key from python_sessions')), [
    { thread_id: 'thread_1', server: 'old', state: 'idle', api_key: '' },
  ])
  assert.deepEqual(await olderClaims(s), ['run_1'])
})

test('what is counted by servers of both versions is one sum in each, and what a key has used is told apart', async () => {
  await using s = await createStoreFixture()
  await writtenByOlder(s)
  const use = { project: 'p', model: 'e' }
  await s.db.write((tx) => {
    countUse(tx, 'embeddings', { ...use, apiKey: 'key_1', amount: 3 })
    countUse(tx, 'embeddings', { ...use, apiKey: 'key_1', amount: 4 })
    countUse(tx, 'embeddings', { ...use, amount: 5 })
  })
  const year = { start: 0, end: 4_000_000_000, width: 4_000_000_000 }
  assert.deepEqual(plain(await countsBetween(s.db, 'embeddings', 'p', year)), [
    { ...use, minute: 0, api_key: '', requests: 3, amount: 25 },
    { ...use, minute: 0, api_key: 'key_1', requests: 2, amount: 7 },
  ])
  assert.deepEqual(
    plain(await s.db.all('select sum(requests) as requests, sum(amount) as amount from usage_counts')),
    [{ requests: 5, amount: 32 }],
    'as an older server reads it',
  )
})

test('a run that waits for a thread is claimed by no server of the version before until its turn has come', async () => {
  await using s = await createStoreFixture()
  const active = await s.run()
  const next = await s.run()
  const last = await s.run()
  for (const { seq } of [next, last])
    await s.db.write(async (tx) => {
      await tx.run('update runs set thread_id = null where seq = ?', seq)
      waitForThread(tx, seq, active.thread_id)
    })
  assert.deepEqual(await olderClaims(s), [active.id])
  await passOnAll(s.db)
  assert.deepEqual(await olderClaims(s), [active.id])

  await s.db.write((tx) => tx.run("update runs set status = 'completed' where seq = ?", active.seq))
  await passOnAll(s.db)
  assert.deepEqual(await olderClaims(s), [next.id])
  assert.equal((await s.read(next))?.id, undefined, 'it has left the thread that it was made in')
  const isAwaited = async () =>
    (await s.db.write((tx) => openConversation(tx, 'p', active.thread_id)))?.isAwaited
  assert.equal(await isAwaited(), true)

  // An older server deletes the thread, and forgets who waits for it.
  await s.db.write((tx) => tx.run('update runs set thread_id = null where seq = ?', next.seq))
  await s.db.write((tx) => tx.run('update threads set removed = 1 where id = ?', active.thread_id))
  await passOnAll(s.db)
  assert.deepEqual(await olderClaims(s), [next.id, last.id])
  assert.equal(await s.db.write((tx) => stopWaiting(tx, active.thread_id)), 0)
})

test('containers and their files are removed with a thread that a server of the version before has removed', async () => {
  await using s = await createStoreFixture()
  const times = { name: 'auto', created_at: 1, last_active_at: 1, minutes: 20, memory_limit: '1g' as const }
  const file = {
    project: 'p',
    purpose: 'container' as const,
    expires_at: null,
    content_id: undefined,
    body: { filename: 'a', bytes: 1, created_at: 1, status: 'processed' as const, sha256: 'h' },
  }
  for (const [at, sandbox] of ['thread_gone', await s.thread('thread_there'), 'cntr_own'].entries())
    await s.db.write(async (tx) => {
      insertContainer(tx, { ...times, id: `cntr_${at}`, project: 'p', sandbox })
      await insertSandboxFile(tx, sandbox, { ...file, id: `file-${at}` }, { path: 'a', source: 'user' })
    })
  await s.db.write((tx) => tx.run("delete from sandbox_files where thread_id = 'thread_gone'"))
  await s.db.write((tx) => tx.run("delete from sandbox_outputs where thread_id = 'thread_gone'"))
  await createLostSandboxSearch(s.db)()
  const left = await s.db.all<{ id: string }>('select id from containers order by id')
  assert.deepEqual(
    left.map(({ id }) => id),
    ['cntr_1', 'cntr_2'],
  )
  const kept = await s.db.all<{ id: string }>('select id from files where expires_at is null order by id')
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['file-1', 'file-2'],
  )
})

test('what a server of the version before has left of a project that it erased is erased after it', async () => {
  await using s = await createStoreFixture()
  const blobs = openFolderBlobs(join(s.folder, 'files'))
  await s.db.write(async (tx) => {
    await tx.run(
      "insert into projects (id, name, created_at, archived_at, erased_at) values ('p', 'Gone', 1, 2, 3), ('q', 'Gone too', 1, 2, 3)",
    )
    insertContainer(tx, {
      id: 'cntr_1',
      project: 'p',
      sandbox: 'cntr_1',
      name: 'auto',
      created_at: 1,
      last_active_at: 1,
      minutes: 20,
      memory_limit: '1g',
    })
    await tx.run("insert into limits (owner, name, value) values ('p', 'requests_per_minute', 5)")
  })
  let slices = 0
  while (await eraseArchivedProjects(s.db, blobs, 10)) assert.ok(++slices < 10, 'it comes to an end')
  assert.ok(slices > 0)
  assert.deepEqual(await s.db.all('select id from containers'), [])
  assert.deepEqual(await s.db.all('select owner from limits'), [])
})

test('a read that was prepared before a newer server has added a column is answered', async () => {
  await using s = await createStoreFixture()
  await s.thread('thread_1')
  const read = () =>
    Promise.all(Array.from({ length: 8 }, () => s.db.all<{ id: string }>('select * from threads')))
  await read()
  await s.db.write((tx) => tx.run("alter table threads add column later text not null default ''"))
  for (const rows of await read())
    assert.deepEqual(
      rows.map(({ id }) => id),
      ['thread_1'],
    )
})
