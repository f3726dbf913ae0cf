import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../acceptance/child.ts'
import { nowSeconds } from '../../src/common/clock.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { deleteOldFiles } from '../../src/store/files.ts'
import { removeOldRuns } from '../../src/store/remove-runs.ts'
import { deleteIdleThreads } from '../../src/store/chores/remove-threads.ts'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'
import { importJson, list, threadmill, write } from '../transfer.ts'
import { openDatabaseOf } from '../database.ts'
import { BeginAgain, type Database } from '../../src/store/database.ts'
import { findSources } from '../../src/transfer/find-sources.ts'
import { importObjects } from '../../src/transfer/import-objects.ts'
import {
  assistantId,
  threadId,
  fileId,
  storeId,
  messageId,
  assistant,
  thread,
  message,
  file,
  content,
  store,
  storeFile,
  run,
  step,
  textsOf,
  numbers,
} from './imported-objects.ts'

test('the same import once more changes nothing, not even what was changed here since', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'all.jsonl': [assistant(), thread(), message(1), message(2), run(), step(), file(), store(), storeFile],
    'files/x/harbour.txt': content,
  })
  assert.equal((await importJson(data.path, dump.path)).code, 0)
  {
    await using server = await startTestServer({ dataDir: data.path })
    await server.client.beta.assistants.update(assistantId, { name: 'Renamed' })
  }
  const { code, report } = await importJson(data.path, join(dump.path, 'all.jsonl'))
  assert.equal(code, 0)
  for (const [name, { found, imported, unchanged }] of Object.entries(report.objects))
    assert.deepEqual([name, imported, unchanged], [name, 0, found])
  await using server = await startTestServer({ dataDir: data.path })
  assert.equal((await server.client.beta.assistants.retrieve(assistantId)).name, 'Renamed')
  assert.equal((await server.client.beta.assistants.list()).data.length, 1)
})

test('a trial changes nothing and says what would be', async () => {
  using parent = temporaryFolder()
  using dump = temporaryFolder()
  const dataDir = join(parent.path, 'not-there-yet')
  write(dump.path, {
    'all.jsonl': [thread(), message(1), assistant(), file(), store(), storeFile, run(), step()],
    'files/harbour.txt': content,
  })
  const trial = await importJson(dataDir, dump.path, '--dry-run')
  assert.equal(trial.code, 0, JSON.stringify(trial.report))
  assert.equal(existsSync(dataDir), false)
  const done = await importJson(dataDir, dump.path)
  assert.deepEqual({ ...trial.report, dry_run: false }, done.report)
  const again = await importJson(dataDir, dump.path, '--dry-run')
  assert.deepEqual(
    Object.values(again.report.objects).map(({ imported }) => imported),
    [0, 0, 0, 0, 0, 0, 0, 0],
  )
  const { out } = await threadmill(dataDir, ['import', dump.path, '--dry-run'])
  assert.match(out, /found +would be new +already here/)
  assert.match(out, /This was a trial: nothing was changed in \/\S+\.$/m)
})

for (const [name, dump] of Object.entries({
  'a list, newest first': { 'm.json': list([message(4), message(3), message(2), message(1)]) },
  'a list in which all are of one second': {
    'm.json': list([4, 3, 2, 1].map((n) => message(n, { created_at: 1_700_000_300 }))),
  },
  'lines, newest first, two of a second': {
    'm.jsonl': [message(4), message(3, { created_at: 1_700_000_202 }), message(2), message(1)],
  },
  'lines in which all are of one second': {
    'm.jsonl': [1, 2, 3, 4].map((n) => message(n, { created_at: 1_700_000_300 })),
  },
  'lines of one second, from the answer back to the question': {
    'm.jsonl': [4, 3, 2, 1].map((n) =>
      message(n, { created_at: 1_700_000_300, role: n % 2 === 0 ? 'assistant' : 'user' }),
    ),
  },
  'lines of one second, where another thread runs from new to old': {
    'm.jsonl': [
      ...[4, 3, 2, 1].map((n) => message(n, { created_at: 1_700_000_300 })),
      ...[8, 7, 6].map((n) => message(n, { thread_id: 'thread_another0another0another0' })),
    ],
  },
  'pages in files': {
    'page-1.json': list([message(4), message(3)], true),
    'page-10.json': list([message(1)]),
    'page-2.json': list([message(2)], true),
  },
  'an array of pages': { 'all.json': [list([message(4), message(3)], true), list([message(2), message(1)])] },
  'a thread that holds its messages': {
    'all.json': { threads: [thread({ messages: list([message(4), message(3), message(2), message(1)]) })] },
  },
  'values one after the other': {
    'all.json': [1, 2, 3, 4].map((n) => JSON.stringify(message(n), undefined, 2)).join('\n'),
  },
  'single files': {
    'b/1.json': message(1),
    'b/2.json': message(3),
    'a/1.json': message(2),
    'a/2.json': message(4),
  },
  'a file with a byte order mark': {
    'all.jsonl': `\uFEFF${[1, 2, 3, 4].map((n) => JSON.stringify(message(n))).join('\r\n')}`,
  },
})) {
  test(`messages keep their order: ${name}`, async () => {
    using data = temporaryFolder()
    using folder = temporaryFolder()
    write(folder.path, dump)
    const { code, report } = await importJson(data.path, folder.path)
    assert.equal(code, 0, JSON.stringify(report))
    assert.deepEqual(await textsOf(data.path), numbers(1, 2, 3, 4))
  })
}

test('older messages that come later stand before those that are here', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'new.jsonl': [message(5), message(7)],
    'old.jsonl': [message(4), message(1), message(6)],
  })
  await importJson(data.path, join(dump.path, 'new.jsonl'))
  const { report } = await importJson(data.path, join(dump.path, 'old.jsonl'))
  assert.equal(report.objects.messages.imported, 3)
  assert.deepEqual(await textsOf(data.path), numbers(1, 4, 5, 6, 7))
})

test('what is begun again in the database is counted once', async () => {
  await using server = await startTestServer()
  const { id } = await server.client.beta.threads.create({ messages: [{ role: 'user', content: 'new' }] })
  using dump = temporaryFolder()
  write(dump.path, {
    'old.jsonl': [
      ...[4, 1, 6].map((at) => ({ ...message(at), thread_id: id })),
      { ...message(2), thread_id: id, role: 'nobody' },
    ],
  })
  const db = await openDatabaseOf(server.dataDir)
  const again: Database = {
    ...db,
    write(body, until) {
      let times = 0
      return db.write(async (tx) => {
        const value = await body(tx)
        if (++times < 3) throw new BeginAgain()
        return value
      }, until)
    },
  }
  const report = await importObjects(await findSources([dump.path]), {
    db: again,
    blobs: openFolderBlobs(join(dump.path, 'blobs')),
    workFolder: dump.path,
    signal: AbortSignal.timeout(240_000),
    onRead() {},
    onWritten(done, total) {
      assert.ok(done <= total, `${done} of ${total}`)
    },
    unserved: async () => [],
  })
  await db.close()
  const { found, imported } = report.objects.messages
  assert.deepEqual([found, imported, report.not_taken.length], [4, 3, 1])
})

test('a file without its bytes is named, and comes when they are given', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, { 'all.jsonl': [assistant(), file(), store(), storeFile] })
  const first = await threadmill(server.dataDir, ['import', dump.path])
  assert.equal(first.code, 1)
  assert.match(
    first.errors,
    /not taken: file file-CyHtsk7XAWdRabQUBYRjCu \("harbour\.txt", 25 bytes\): no content was given/,
  )
  assert.match(first.errors, /Put contents into a folder "files" beside the JSON/)
  const { beta, vectorStores } = server.client
  assert.deepEqual(
    (await beta.assistants.retrieve(assistantId)).tool_resources?.code_interpreter?.file_ids,
    [],
  )

  write(dump.path, { [`files/${fileId}.txt`]: 'another length' })
  const second = await importJson(server.dataDir, dump.path)
  assert.equal(second.code, 1)
  assert.match(second.report.missing_contents[0]?.reason ?? '', /has 14 bytes, but the file had 25/)

  write(dump.path, { [`files/${fileId}.txt`]: content })
  const third = await importJson(server.dataDir, dump.path)
  assert.deepEqual(
    [third.code, third.report.objects.files.imported, third.report.objects.vector_store_files.imported],
    [0, 1, 1],
  )
  assert.deepEqual((await beta.assistants.retrieve(assistantId)).tool_resources?.code_interpreter?.file_ids, [
    fileId,
  ])
  assert.equal((await vectorStores.files.poll(storeId, fileId, { pollIntervalMs: 20 })).status, 'completed')
})

test('while a run of a thread is active no message comes to it', async () => {
  const weather = scripted([{ toolCalls: [{ name: 'weather', arguments: {} }] }])
  await using server = await startTestServer({ models: { weather } })
  using dump = temporaryFolder()
  const { threads, assistants } = server.client.beta
  write(dump.path, { 'm.jsonl': [message(1)], 'later.jsonl': [message(2)] })
  await importJson(server.dataDir, join(dump.path, 'm.jsonl'))
  const tools = [{ type: 'function' as const, function: { name: 'weather' } }]
  const { id } = await assistants.create({ model: 'weather', tools })
  const run = await threads.runs.createAndPoll(threadId, { assistant_id: id }, { pollIntervalMs: 20 })
  assert.equal(run.status, 'requires_action', JSON.stringify(run.last_error))
  const waiting = await importJson(server.dataDir, join(dump.path, 'later.jsonl'))
  assert.match(
    waiting.report.not_taken[0]?.reason ?? '',
    /a run of its thread is active: import it again later/,
  )
  assert.equal(waiting.code, 1)
  await threads.runs.cancel(run.id, { thread_id: threadId })
  assert.equal(
    (await importJson(server.dataDir, join(dump.path, 'later.jsonl'))).report.objects.messages.imported,
    1,
  )
})

test('what was deleted here stays deleted', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.jsonl': [assistant(), thread(), message(1), message(2), file(), store(), storeFile],
    'files/harbour.txt': content,
  })
  await importJson(server.dataDir, dump.path)
  const { beta, files } = server.client
  await beta.assistants.delete(assistantId)
  await beta.threads.messages.delete(messageId(1), { thread_id: threadId })
  await files.delete(fileId)
  const again = await importJson(server.dataDir, dump.path)
  assert.equal(again.code, 0, JSON.stringify(again.report))
  const { objects } = again.report
  assert.deepEqual(
    [objects.assistants.deleted, objects.messages.deleted, objects.messages.unchanged, objects.files.deleted],
    [1, 1, 1, 1],
  )
  await beta.threads.delete(threadId)
  const last = await importJson(server.dataDir, dump.path)
  assert.deepEqual([last.report.objects.threads.deleted, last.report.objects.messages.deleted], [1, 2])
  await assert.rejects(beta.threads.retrieve(threadId), /No thread found/)
})

test('a store that had time left lives on from now, and one that had expired stays so', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const expires = { expires_after: { anchor: 'last_active_at', days: 7 }, expires_at: 1_700_604_870 }
  const other = 'vs_abcdefghijklmnopqrstuvwx'
  write(dump.path, { 's.jsonl': [store(expires), store({ ...expires, id: other, status: 'expired' })] })
  await importJson(server.dataDir, dump.path)
  const { vectorStores } = server.client
  assert.equal((await vectorStores.retrieve(storeId)).status, 'completed')
  const expired = await vectorStores.retrieve(other)
  assert.deepEqual([expired.status, expired.expires_at], ['expired', 1_700_604_870])
})

test('old objects are not taken for idle ones, for how long so ever things are kept', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'a.jsonl': [thread(), message(1), run(), file()], 'files/harbour.txt': content })
  await importJson(data.path, dump.path)
  const db = await openDatabaseOf(data.path)
  const aDayAgo = nowSeconds() - 86_400
  assert.equal(await deleteOldFiles(db, openFolderBlobs(join(data.path, 'files')), aDayAgo), false)
  assert.equal(await deleteIdleThreads(db, aDayAgo), false)
  assert.equal(await removeOldRuns(db, aDayAgo), false)
  await db.close()
})
