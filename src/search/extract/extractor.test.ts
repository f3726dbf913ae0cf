import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startExtractor } from './extractor.ts'
import { defaultExtractLimits } from './limits.ts'
import { never, pdf, reading, xlsx } from './made-files.test.ts'

const size = { maxTokens: 800, overlapTokens: 400 }
const turn = { signal: never, rank: { bytes: 0, awaited: false } }

/** A sheet with so many rows that reading it takes seconds, and limits that allow it. */
const slowSheet = xlsx({ S: '<row><c><v>1</v></c></row>'.repeat(3_000_000) })
const patient = {
  zip: { ...defaultExtractLimits.zip, maxRatio: 1e9 },
  maxText: 1e9,
}

test('text and chunks come together or one after the other, the same', async () => {
  await using made = reading()
  const file = made.put(
    'a.pdf',
    pdf([{ lines: [[72, 700, 'One page.']] }, { lines: [[72, 700, 'Another.']] }]),
  )
  const { parts, chunks } = await made.extractor.extractChunks(file, size, turn)
  assert.deepEqual(chunks, [
    {
      text: 'One page.\nAnother.',
      tokens: 5,
      text_start: 0,
      page_start: 1,
      page_end: 2,
      page_breaks: [{ page: 2, at: 10 }],
      heading: null,
    },
  ])
  assert.deepEqual(await made.extractor.extract(file, never), { parts, warnings: [] })
  assert.deepEqual(await made.extractor.chunk(parts, size, turn), chunks)
})

test('an abort kills the thread that reads, and no other job', { timeout: 120_000 }, async () => {
  await using made = reading({ limits: patient })
  const controller = new AbortController()
  const slow = made.extractor.extract(made.put('a.xlsx', slowSheet), controller.signal)
  const waiting = made.extractor.extract(made.put('b.txt', 'waits'), never)
  const given = new AbortController()
  const givenUp = made.extractor.extract(made.put('c.txt', 'never read'), given.signal)
  given.abort(new Error('not needed'))
  await assert.rejects(givenUp, /not needed/)
  controller.abort(new Error('enough'))
  await assert.rejects(slow, /enough/)
  assert.equal((await waiting).parts[0]?.text, 'waits')
  await assert.rejects(made.extractor.extract(made.put('d.txt', 'x'), AbortSignal.abort()), {
    name: 'AbortError',
  })
})

test('a thread that is ended in the middle of a word leaves no timer, which would keep the process alive', async () => {
  await using made = reading({ limits: patient })
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const before = timers()
  await made.text('a.txt', 'starts the thread')
  const controller = new AbortController()
  const job = made.extractor.extract(made.put('b.xlsx', slowSheet), controller.signal)
  // While this thread is blocked, the worker reports that it has begun, and the message is not processed yet.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
  controller.abort(new Error('enough'))
  await assert.rejects(job, /enough/)
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.equal(timers(), before)
})

test('a file that takes too long is given up', { timeout: 120_000 }, async () => {
  await using made = reading({ limits: { ...patient, fileMs: 1000, pageMs: 0 } })
  assert.match(
    await made.failure('a.xlsx', slowSheet),
    /^server_error: An internal error occurred\. Reading the file took longer than/,
  )
  assert.equal(await made.text('b.txt', 'next'), 'next')
})

test('a file that takes too much memory ends its thread only', { timeout: 120_000 }, async () => {
  await using made = reading({ limits: { ...patient, heapMb: 48 } })
  const words = Array.from({ length: 400_000 }, (_, at) => `<p>${at} <b>${at}</b></p>`).join('')
  assert.equal(
    await made.failure('a.html', words),
    'invalid_file: The file could not be parsed because it is too large. It takes too much memory.',
  )
  assert.equal(await made.text('b.txt', 'next'), 'next')
})

test(
  'text of more than 20 MB fails as soon as that is seen, whatever the size of the file',
  { timeout: 120_000 },
  async () => {
    await using made = reading()
    const path = join(made.folder, 'sparse')
    const line = Buffer.alloc(1_000_000, 'All work and no play makes for a long text. ')
    {
      await using file = await open(path, 'w')
      for (let at = 0; at < 40; at++) await file.write(line)
      // The rest of the file is a hole, up to the maximum size of an upload.
      await file.truncate(512 * 2 ** 20)
    }
    for (const filename of ['a.txt', 'a.csv', 'a.md', 'a.html', 'a.rtf', 'a.doc']) {
      const before = process.memoryUsage.rss()
      await assert.rejects(
        made.extractor.extract({ path, filename, bytes: 512 * 2 ** 20 }, never),
        filename === 'a.rtf' ? /not of the format/ : /too large/,
      )
      const grown = (process.memoryUsage.rss() - before) / 2 ** 20
      assert.ok(grown < 300, `${filename}: ${grown} MB`)
    }
  },
)

test('threads share the work', async () => {
  await using made = reading({ workers: 2 })
  const texts = Array.from({ length: 20 }, (_, at) => `text ${at}`)
  assert.deepEqual(await Promise.all(texts.map((text) => made.text('a.txt', text))), texts)
})

test('closing ends what is open, and says nothing about the files', async () => {
  const made = reading({ limits: patient })
  const open = [
    made.extractor.extract(made.put('a.xlsx', slowSheet), never),
    made.extractor.extract(made.put('b.txt', 'x'), never),
  ].map((job) => assert.rejects(job, { name: 'AbortError' }))
  await made[Symbol.asyncDispose]()
  await Promise.all(open)
  const closed = startExtractor()
  await closed.close()
  await assert.rejects(closed.chunk([{ text: 'x' }], size, turn), { name: 'AbortError' })
})

test('a file that is gone is no fault of the file', async () => {
  await using made = reading()
  await assert.rejects(made.extractor.extract({ path: '/nowhere', filename: 'a.txt', bytes: 1 }, never), {
    code: 'server_error',
  })
})

test('a small file is read before large ones that came first, behind the one that is being read', async () => {
  await using made = reading({ limits: patient })
  const lines = (count: number) => 'All work and no play makes for a long text.\n'.repeat(count)
  const done: string[] = []
  const read = async (filename: string, content: string, awaited = false) => {
    const file = made.put(filename, content)
    const rank = { bytes: file.bytes, awaited }
    await made.extractor.extractChunks(file, size, { signal: never, rank })
    done.push(filename)
  }
  await Promise.all([
    read('first.txt', lines(20_000)),
    read('second.txt', lines(20_000)),
    read('third.txt', lines(20_000)),
    read('awaited.txt', lines(30_000), true),
    read('note.txt', 'One line.'),
  ])
  assert.deepEqual(done, ['first.txt', 'note.txt', 'awaited.txt', 'second.txt', 'third.txt'])
})
