import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Kernel, KernelOutput, Sessions } from '../../sandbox/sandbox.ts'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import type { Blobs } from '../../store/blobs/blobs.ts'
import { openFolderBlobs } from '../../store/blobs/folder.ts'
import { openSqlite } from '../../store/sqlite/sqlite.ts'
import { insertFile } from '../../store/files.ts'
import { readLimits } from '../../store/usage/limits.ts'
import { migrateSqlite } from '../../store/sqlite/migrate.ts'
import { setSandboxFile } from '../../store/sandbox-files.ts'
import { insertThread } from '../../store/threads.ts'
import type { ToolContext } from '../tool.ts'
import { createCodeInterpreter } from './tool.ts'

async function* once<Item>(...items: Item[]) {
  yield* items
}

/** Sessions whose cells print their program and write one file. */
function printingSessions(given: Map<string, string>, written: { name: string; text: string }[]): Sessions {
  const kernel = {
    limits: { files: 20, fileBytes: 1_000, threadBytes: 10_000 },
    run: (code: string) =>
      once<KernelOutput>(
        { type: 'stream', name: 'stdout', text: `${code}\n` },
        { type: 'done', status: 'ok', truncated: false },
      ),
    async putFile(name: string, data: AsyncIterable<Uint8Array>, { alias }: { alias?: string } = {}) {
      const text = Buffer.concat(await Array.fromAsync(data)).toString()
      given.set(name, text)
      if (alias !== undefined) given.set(alias, text)
    },
    changedFiles: () =>
      Promise.resolve({
        files: written.map(({ name, text }) => ({ name, size: text.length })),
        tooLarge: [],
        beyond: 0,
        left: [],
        misnamed: 0,
      }),
    getFile: (name: string) => once(Buffer.from(written.find((file) => file.name === name)?.text ?? '')),
    close: () => Promise.resolve(),
    closed: Promise.resolve({ reason: 'closed' }),
  } as unknown as Kernel
  return {
    provider: { id: 'test', isolation: 'none', packages: ['numpy'] },
    use: (_key, work) => work({ kernel, fresh: false }),
    look: () => undefined,
    count: () => 0,
    memory: async () => 0,
    end: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
}

/** A thread with Files of these ids and names. An earlier program has written `result.csv`. */
async function openFixture(files: Record<string, string>, storeOf = (blobs: Blobs) => blobs) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  migrateSqlite(file)
  const db = openSqlite(file)
  const blobs = openFolderBlobs(join(folder, 'files'))
  const given = new Map<string, string>()
  const written: { name: string; text: string }[] = []
  await db.write((tx) =>
    insertThread(tx, {
      id: 'thread_t',
      project: 'p',
      body: { created_at: 1, metadata: {}, tool_resources: {} },
    }),
  )
  for (const [id, filename] of Object.entries(files)) {
    const stored = await blobs.put(id, once(Buffer.from(`text of ${id}`)), 1_000)
    const body = { filename, ...stored, created_at: 1, status: 'processed' as const }
    await db.write((tx) =>
      insertFile(tx, { id, project: 'p', purpose: 'assistants', expires_at: null, body }),
    )
  }
  const tool = createCodeInterpreter({
    db,
    blobs: storeOf(blobs),
    sessions: printingSessions(given, written),
    server: 'me',
    limits: () => readLimits([]),
    places: { enter: async () => async () => {} },
  })
  const open = (assistant: string[], thread: string[]) =>
    tool.open({
      project: 'p',
      threadId: 'thread_t',
      sandbox: { id: 'thread_t', hidesFiles: false },
      requested: [{ type: 'code_interpreter' }],
      resources: { assistant: { file_ids: assistant }, thread: { file_ids: thread } },
    } as unknown as ToolContext<never>)
  return {
    db,
    blobs,
    given,
    written,
    open,
    async [Symbol.asyncDispose]() {
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const never = new AbortController().signal

test('the model is told where the files of the assistant and of the thread lie, and what its code has written over', async () => {
  await using fixture = await openFixture({
    'file-aaaa': 'a.csv',
    'file-bbbb': 'b.csv',
    'file-wwww': '/mnt/data/b.csv',
  })
  const setWritten = { path: '/mnt/data/b.csv', file_id: 'file-wwww', source: 'assistant' as const }
  await fixture.db.write((tx) => setSandboxFile(tx, 'thread_t', setWritten))
  const work = await fixture.open(['file-aaaa', 'file-gone'], ['file-bbbb', 'file-aaaa'])
  assert.equal(
    work.systemText?.(),
    `Files for the code interpreter:
- /mnt/data/a.csv (also /mnt/data/file-aaaa)
- /mnt/data/b.csv, written by your code (as it was uploaded: /mnt/data/file-bbbb)`,
  )
  assert.deepEqual(
    await work.waysToRead?.(['file-aaaa', 'file-xxxx']),
    new Map([['file-aaaa', 'code_interpreter reads it as "/mnt/data/a.csv"']]),
  )
  const { fileAt, beginsFile } = work.sources ?? {}
  const paths = ['/mnt/data/a.csv', '/mnt/data/file-bbbb', '/mnt/data/b.csv', '/mnt/data/c.csv']
  assert.deepEqual(
    paths.map((path) => fileAt?.(path)),
    ['file-aaaa', 'file-bbbb', 'file-wwww', undefined],
  )
  assert.deepEqual([beginsFile?.('/mnt/data/a'), beginsFile?.('/mnt/data/x')], [true, false])
})

test('without files there is nothing to say', async () => {
  await using fixture = await openFixture({})
  const work = await fixture.open([], [])
  assert.equal(work.systemText?.(), '')
  assert.match(JSON.stringify(work.definitions), /there are numpy; nothing else/)
})

test('what a call has written is there for the text and the calls that come after it', async () => {
  await using fixture = await openFixture({ 'file-aaaa': 'a.csv' })
  const work = await fixture.open(['file-aaaa'], [])
  fixture.written.push({ name: 'new.txt', text: 'new' })
  const call = work.begin('code_interpreter')
  call.settle('{"code": "1 + 1"}')
  const outcome = await call.run(() => {}, never)
  assert.deepEqual(outcome, { toolResult: '1 + 1\n\nFiles written: /mnt/data/new.txt' })
  assert.equal(fixture.given.get('a.csv'), 'text of file-aaaa')
  assert.match(work.sources?.fileAt?.('/mnt/data/new.txt') ?? '', /^file-/)
})

test('a file that is stored at the second try stays when what is left of the first one is removed after that', async () => {
  const tries: string[] = []
  await using fixture = await openFixture({}, (blobs) => ({
    ...blobs,
    async put(id, content, maxBytes) {
      const stored = await blobs.put(id, content, maxBytes)
      if (tries.push(id) === 1) throw new StoreUnavailable('the answer was lost')
      await blobs.remove(tries[0] ?? '')
      return stored
    },
  }))
  const work = await fixture.open([], [])
  fixture.written.push({ name: 'new.txt', text: 'new' })
  const call = work.begin('code_interpreter')
  call.settle('{"code": "1 + 1"}')
  await call.run(() => {}, never)
  const id = work.sources?.fileAt?.('/mnt/data/new.txt') ?? ''
  assert.equal(await text(fixture.blobs.open(id)), 'new')
})

test('later prompts have the program and what was told, or what the outputs say', () => {
  const tool = createCodeInterpreter({} as never)
  const details = {
    input: 'print("é")',
    outputs: [
      { type: 'logs' as const, logs: 'é' },
      { type: 'image' as const, image: { file_id: 'file-1' } },
    ],
  }
  const ended = { id: 'call_1', details, toolResult: undefined, toolArguments: undefined }
  assert.deepEqual(tool.replay(ended, true), {
    name: 'code_interpreter',
    arguments: '{"code":"print(\\"é\\")"}',
    result: 'é\n[picture]',
  })
  const told = tool.replay({ ...ended, toolResult: 'told', toolArguments: 'no JSON' }, false)
  assert.deepEqual([told.arguments, told.result], ['no JSON', 'told'])
  const silent = tool.replay({ ...ended, details: { input: '1', outputs: [] } }, false)
  assert.equal(silent.result, '(no output)')
  assert.deepEqual(tool.pictures?.(details), ['file-1'])
})
