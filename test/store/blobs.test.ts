import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { BlobTooLarge, type BlobStore } from '../../src/store/blobs/blobs.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { openBlobs } from '../../src/store/blobs/open-blobs.ts'
import { noS3Server, s3Environment, startS3Server } from '../s3-server.ts'

/** A store in a new place, and how to find its files. */
interface StoreFixture extends AsyncDisposable {
  blobs: BlobStore
  /** The folder for local copies and unfinished files. */
  workFolder: string
  /** The path of the file with a content. */
  file(id: string): string
  /** The unfinished files of interrupted uploads. */
  unfinished(): string[]
}

const day = 86_400_000
const ago = (path: string, ms: number) =>
  utimesSync(path, new Date(Date.now() - ms), new Date(Date.now() - ms))

function newFolder() {
  const path = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

async function inFolder(): Promise<StoreFixture> {
  const folder = newFolder()
  const blobs = openFolderBlobs(folder.path)
  const workFolder = join(folder.path, 'unfinished')
  return {
    blobs,
    workFolder,
    file: blobs.path,
    unfinished: () => readdirSync(workFolder),
    [Symbol.asyncDispose]: async () => folder.remove(),
  }
}

async function onS3(): Promise<StoreFixture> {
  Object.assign(process.env, s3Environment)
  const server = await startS3Server()
  const folder = newFolder()
  const blobs = await openBlobs({ dataDir: folder.path, filesUrl: server.filesUrl() })
  const workFolder = join(folder.path, 'files', 'unfinished')
  mkdirSync(workFolder)
  return {
    blobs,
    workFolder,
    file: (id) => join(server.folder, 'tests', 'files', id),
    unfinished: () => [...readdirSync(workFolder), ...server.unfinished()],
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      folder.remove()
    },
  }
}

async function* chunks(...contents: (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array, void> {
  for (const content of contents) {
    if (content instanceof Error) throw content
    yield typeof content === 'string' ? Buffer.from(content) : content
  }
}
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
/** Random bytes, which do not repeat. */
function noise(bytes: number): Buffer {
  const made = Buffer.alloc(bytes)
  for (let at = 0; at + 4 <= bytes; at += 4) made.writeUInt32LE(Math.imul(at + 1, 2_654_435_761) >>> 0, at)
  return made
}
const pieces = (content: Buffer, size = 100_000) =>
  chunks(
    ...Array.from({ length: Math.ceil(content.length / size) }, (_, n) =>
      content.subarray(n * size, (n + 1) * size),
    ),
  )
const MiB = 2 ** 20
const gone = { code: 'ENOENT' }

async function all(blobs: BlobStore): Promise<string[]> {
  const ids: string[] = []
  let next: string | undefined
  do {
    const page = await blobs.page(next)
    ids.push(...page.found.map(({ id }) => id))
    next = page.next
  } while (next !== undefined)
  return ids
}

for (const { where, open, skip } of [
  { where: 'in a folder', open: inFolder, skip: undefined },
  { where: 'on an S3 server', open: onS3, skip: noS3Server },
]) {
  suite(`contents ${where}`, { skip: skip ?? false, timeout: 900_000 }, () => {
    test('are what was put, by their size and hash, until they are removed', async () => {
      await using s = await open()
      const { blobs } = s
      const stored = await blobs.put('file-aaaa', chunks('some ', 'text'), 9)
      assert.deepEqual(stored, { bytes: 9, sha256: sha256(Buffer.from('some text')) })
      assert.equal(await text(blobs.open('file-aaaa')), 'some text')
      assert.deepEqual(await blobs.put('part_bbbb', chunks(), 0), {
        bytes: 0,
        sha256: sha256(Buffer.alloc(0)),
      })
      assert.equal(await text(blobs.open('part_bbbb')), '')
      await blobs.tryToWrite()
      assert.deepEqual(
        (await all(blobs)).toSorted((a, b) => a.localeCompare(b)),
        ['file-aaaa', 'part_bbbb'],
      )
      await blobs.remove('file-aaaa')
      await blobs.remove('file-aaaa')
      await assert.rejects(buffer(blobs.open('file-aaaa')), gone)
      await assert.rejects(blobs.onDisk('file-aaaa'), gone)
      await assert.rejects(blobs.copyTo('file-aaaa', join(s.workFolder, 'copy')), gone)
      assert.deepEqual(await all(blobs), ['part_bbbb'])
    })

    test('of 40 MB go and come in pieces, whole and by ranges', async () => {
      await using s = await open()
      const content = noise(40 * MiB + 5)
      const { bytes, sha256: hash } = await s.blobs.put('file-aaaa', pieces(content), Infinity)
      assert.deepEqual([bytes, hash], [content.length, sha256(content)])
      assert.ok(content.equals(await buffer(s.blobs.open('file-aaaa'))))
      for (const [start, end] of [
        [0, 10],
        [16 * MiB - 3, 16 * MiB + 3],
        [content.length - 4, undefined],
        [content.length - 4, content.length + 100],
        [7, 7],
        [content.length, undefined],
        [content.length + 10, content.length + 20],
      ] as [number, number | undefined][]) {
        const part = await buffer(s.blobs.open('file-aaaa', { start, end }))
        assert.ok(part.equals(content.subarray(start, end)), `${start} to ${end}`)
      }
      assert.deepEqual(s.unfinished(), [])
    })

    for (const [size, before] of [
      ['small', Buffer.from('some')],
      ['large', noise(20 * MiB)],
    ] as const) {
      test(`that are too large, or break off after a ${size} beginning, leave nothing`, async () => {
        await using s = await open()
        const tooMuch = s.blobs.put('file-aaaa', chunks(before, 'more'), before.length + 3)
        await assert.rejects(tooMuch, BlobTooLarge)
        const broken = new Error('the client has gone')
        await assert.rejects(s.blobs.put('file-aaaa', chunks(before, broken), Infinity), broken)
        assert.deepEqual(await all(s.blobs), [])
        assert.deepEqual(s.unfinished(), [])
      })
    }

    test('have a copy on this machine while something needs a path, and where they are copied to', async () => {
      await using s = await open()
      await s.blobs.put('file-aaaa', chunks('some text'), 100)
      let path = ''
      {
        await using local = await s.blobs.onDisk('file-aaaa')
        path = local.path
        assert.equal(readFileSync(path, 'utf8'), 'some text')
        assert.equal(statSync(path).mode & 0o777, 0o600)
      }
      assert.deepEqual(readdirSync(s.workFolder), [])
      assert.equal(existsSync(path), path === s.file('file-aaaa'), 'a copy goes, the content stays')
      const target = join(s.workFolder, 'copy')
      const { bytes, sha256: hash = sha256(Buffer.from('some text')) } = await s.blobs.copyTo(
        'file-aaaa',
        target,
      )
      assert.deepEqual([bytes, hash], [9, sha256(Buffer.from('some text'))])
      assert.equal(readFileSync(target, 'utf8'), 'some text')
      assert.equal(statSync(target).mode & 0o777, 0o600)
    })

    test('are listed page by page, each once, with the time when they were put', async () => {
      await using s = await open()
      const ids = Array.from({ length: 1_030 }, (_, n) => `file-${String(n).padStart(6, '0')}`)
      for (const id of ids) {
        mkdirSync(dirname(s.file(id)), { recursive: true })
        writeFileSync(s.file(id), id)
      }
      assert.deepEqual(
        (await all(s.blobs)).toSorted((a, b) => a.localeCompare(b)),
        ids,
      )
      const [first] = (await s.blobs.page()).found
      assert.ok(first === undefined || Math.abs(first.at - Date.now()) < day)
    })

    test('that nothing names are gone a day after that was seen, and not before', async () => {
      await using s = await open()
      await s.blobs.put('file-aaaa', chunks('some text'), 100)
      await s.blobs.setAside('file-aaaa')
      const aside = [join(s.workFolder, 'file-aaaa'), join(s.file('file-aaaa'), '../../orphans/file-aaaa')]
      await s.blobs.sweep()
      assert.ok(
        [s.file('file-aaaa'), aside[0] ?? ''].some((path) => existsSync(path)),
        'it can be put back',
      )
      for (const path of aside.filter((one) => existsSync(one))) ago(path, day + 60_000)
      if (existsSync(s.file('file-aaaa'))) await s.blobs.setAside('file-aaaa')
      await s.blobs.sweep()
      assert.deepEqual(await all(s.blobs), [])
      assert.deepEqual(
        [s.file('file-aaaa'), ...aside].filter((path) => existsSync(path)),
        [],
      )
    })

    test('that were half-written more than a day ago are swept, younger ones are not', async () => {
      await using s = await open()
      const [old, young] = [join(s.workFolder, 'old'), join(s.workFolder, 'young')]
      for (const path of [old, young]) writeFileSync(path, 'half')
      ago(old, day + 60_000)
      await s.blobs.sweep()
      assert.deepEqual(readdirSync(s.workFolder), ['young'])
    })

    test('have ids, and nothing else is taken for one', async () => {
      await using s = await open()
      for (const id of ['../file-aaaa', 'file-../x', 'health-check/x', ''])
        await assert.rejects(async () => s.blobs.put(id, chunks('x'), 10), /not an id/)
    })
  })
}
