import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { openMove } from '../../src/store/move/move.ts'
import { openBlobs, openBucket } from '../../src/store/blobs/open-blobs.ts'
import { dropSchema } from '../database.ts'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'
import { breakOff, createPlaces, fill, hasFiles, move, refused, silent, storeAt } from './places.ts'

suite('contents of files', () => {
  test('a move that copies them makes a new pair: nothing is started with the files of before, or the other way round', async () => {
    await using places = await createPlaces()
    const [at, to] = [await places.store('source'), await places.postgres('target')]
    const back = { dataDir: places.folder('back') }
    await fill(at, { files: { 'file-kept': Buffer.from('kept') } })
    await move(at, to)
    // To PostgreSQL alone they stay, so the folder is that of both databases.
    await fill(storeAt(to, at), {})
    await refused(storeAt(to, { dataDir: places.folder('new') }), back, /are not in .*new\/files: look at/)
    await move(storeAt(to, at), back)
    await fill(storeAt(back, at), {})
    await assert.rejects(
      fill(storeAt(to, { dataDir: back.dataDir }), {}),
      /The files in .*back\/files belong to another database/,
    )
  })

  test('a content that is missing, or is not what was stored, is named, and all others are moved', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = { dataDir: places.folder('target') }
    const files = Object.fromEntries(
      ['whole', 'wrong', 'gone'].map((name) => [`file-${name}`, Buffer.from(name)]),
    )
    await fill(at, { files })
    const path = (id: string) => join(at.dataDir, 'files', id.slice(-2), id)
    writeFileSync(path('file-wrong'), 'Wrong')
    rmSync(path('file-gone'))
    const { contents } = await move(at, to)
    assert.ok(contents)
    assert.deepEqual([contents.files, contents.missing, contents.damaged], [2, ['file-gone'], ['file-wrong']])
    await using blobs = await openBlobs(storeAt(to, at), 'read')
    assert.equal(String(await buffer(blobs.open('file-whole'))), 'whole')
    assert.equal(String(await buffer(blobs.open('file-wrong'))), 'Wrong', 'it is all that there is')
  })

  test('what was moved before a move was broken off is kept, unless it is damaged', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = { dataDir: places.folder('target') }
    const files = Object.fromEntries(
      Array.from({ length: 16 }, (_, n) => [`file-${1000 + n}`, Buffer.from(`content ${n}`)]),
    )
    await fill(at, { files })
    await breakOff(at, to, 'files', 10)
    const damaged = Object.keys(files).find((id) => existsSync(join(to.dataDir, 'files', id.slice(-2), id)))
    assert.ok(damaged)
    writeFileSync(join(to.dataDir, 'files', damaged.slice(-2), damaged), 'half')
    const { contents } = await move(at, to)
    assert.ok(contents)
    assert.equal(contents.files, 16)
    assert.ok(contents.found >= 8 && contents.found < 16, `${contents.found} were found`)
    await hasFiles(storeAt(to, at), files)
  })

  test('to PostgreSQL alone they stay, and the new server is told nothing else', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = await places.postgres('target')
    const files = { 'file-1234': Buffer.from('content') }
    await fill(at, { files })
    const { contents } = await move(at, to)
    assert.equal(contents, undefined)
    await hasFiles(storeAt(to, at), files)
  })

  test('a folder that has contents, and no database, is refused', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    await fill(at, { threads: ['thread_1'] })
    const dataDir = places.folder('target')
    await fill(
      { dataDir, filesUrl: '', database: undefined },
      { files: { 'file-1234': Buffer.from('content') } },
    )
    rmSync(join(dataDir, 'threadmill.db'))
    await refused(at, { dataDir }, /target is not empty: files is in it/)
    mkdirSync(join(dataDir, 'servers'), { recursive: true })
    writeFileSync(join(dataDir, 'threadmill.db'), '')
    await refused(at, { dataDir }, /target is not empty: files is in it/)
  })
})

suite('contents on S3', { skip: noS3Server ?? false, timeout: 300_000 }, () => {
  let s3: S3Server
  before(async () => {
    Object.assign(process.env, s3Environment)
    s3 = await startS3Server()
  })
  after(() => s3[Symbol.asyncDispose]())

  test('they are moved from a folder to S3, to another prefix, and back to a folder, in parts too', async () => {
    await using places = await createPlaces()
    const first = await places.store('source')
    const [one, two] = [s3.filesUrl('one'), s3.filesUrl('two')]
    const files = {
      'file-large': randomBytes(17 * 2 ** 20),
      'file-small': Buffer.from('small'),
      'file-none': Buffer.alloc(0),
    }
    await fill(first, { files })

    const there = await places.postgres('there')
    const report = await move(first, there, { filesUrl: one })
    assert.deepEqual([report.contents?.files, report.contents?.damaged], [3, []])
    assert.match(report.contents?.to ?? '', /^s3:\/\/threadmill\/one at /)
    const second = storeAt(there, { dataDir: places.folder('there'), filesUrl: one })
    await hasFiles(second, files)

    const further = { dataDir: places.folder('further') }
    await move(second, further, { filesUrl: two })
    const third = storeAt(further, { ...second, filesUrl: two })
    await hasFiles(third, files)
    assert.equal(s3.objects('one/files').length, 3, 'the source is as it was')
    await assert.rejects(openBlobs({ ...third, filesUrl: '' }), /are not in it, but in s3:.*two/)

    const home = { dataDir: places.folder('home') }
    await move(third, home)
    await hasFiles(storeAt(home, first), files)
    assert.deepEqual(s3.unfinished(), [])
  })

  test('with the bucket named in which they are, they stay there', async () => {
    await using places = await createPlaces()
    const at = await places.store('source', s3.filesUrl('stay'))
    const files = { 'file-1234': Buffer.from('content') }
    await fill(at, { files })
    const to = { dataDir: places.folder('target') }
    const { contents } = await move(at, to, { filesUrl: at.filesUrl })
    assert.equal(contents, undefined)
    await hasFiles(storeAt(to, at), files)
    await assert.rejects(openBlobs(storeAt(to, { dataDir: '' })), /are not in it, but in s3:.*stay/)
  })

  test('they come back into the data folder whose rows were in PostgreSQL', async () => {
    await using places = await createPlaces()
    const files = { 'file-1234': Buffer.from('content') }
    const at = {
      dataDir: places.folder('home'),
      filesUrl: s3.filesUrl('home'),
      database: (await places.postgres('there')).postgres,
    }
    await fill(at, { files })
    const { contents } = await move(at, { dataDir: at.dataDir })
    assert.equal(contents?.files, 1)
    await hasFiles({ ...at, filesUrl: '', database: undefined }, files)
  })

  test('what is wrong with the new place is said of the option that names it', async () => {
    await using places = await createPlaces()
    const [at, to] = [await places.store('source'), await places.postgres('target')]
    await fill(at, {})
    await refused(at, to, /^--files is s3:.* cannot be reached/, 's3://bucket/x?endpoint=http://127.0.0.1:1')
    const nobody = { ...to.postgres, url: 'postgres://me:secret@127.0.0.1:1/db' }
    await refused(
      at,
      { postgres: nobody },
      /PostgreSQL at 127\.0\.0\.1:1 cannot be used: nothing listens there/,
    )
  })

  test('a prefix with files is refused, as is going on with other files than those of the broken move', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    await fill(at, { files: { 'file-1234': Buffer.from('content') } })
    const full = await places.store('full', s3.filesUrl('full'))
    await fill(full, { files: { 'file-5678': Buffer.from('content') } })
    const to = { dataDir: places.folder('target') }
    await refused(at, to, /s3:\/\/threadmill\/full at .* is not empty: there are files in it/, full.filesUrl)
    await breakOff(at, to, 'files')
    await refused(
      at,
      to,
      /has a part of another move, which came from another place or had other --files/,
      full.filesUrl,
    )
    await refused(
      at,
      { dataDir: places.folder('new') },
      /the credentials|cannot|no bucket|bucket/,
      's3://nobody/x?endpoint=' + s3.endpoint,
    )
  })

  test('a prefix is refused to a move of another machine, where source and target have the same names', async () => {
    await using places = await createPlaces()
    const at = await places.store('one')
    const to = { dataDir: places.folder('target') }
    const filesUrl = s3.filesUrl('same-names')
    await fill(at, {})
    {
      await using _opened = await openMove(at, to, filesUrl)
    }
    if (at.database) await dropSchema(at.database)
    for (const { dataDir } of [at, to]) rmSync(dataDir, { recursive: true })
    await fill(at, {})
    await refused(at, to, /s3:.*same-names at .* belongs to another/, filesUrl)
  })

  test('a prefix to which another move brings contents is refused, also where both have begun at once', async () => {
    await using places = await createPlaces()
    const [one, other] = [await places.store('one'), await places.store('other')]
    for (const at of [one, other]) await fill(at, { files: { 'file-1234': Buffer.from('content') } })
    const filesUrl = s3.filesUrl('both')
    const target = { dataDir: places.folder('target') }
    {
      await using _opened = await openMove(one, target, filesUrl)
      await refused(other, { dataDir: places.folder('no') }, /s3:.*both at .* belongs to another/, filesUrl)
    }
    await move(one, target, { filesUrl })

    const again = s3.filesUrl('at-once')
    await using opened = await openMove(other, { dataDir: places.folder('second') }, again)
    const bucket = await openBucket(again, { workFolder: places.folder('work'), writes: true })
    // As the other one does that has looked before this one has written.
    await bucket.writeId('of the other')
    await bucket[Symbol.asyncDispose]()
    await assert.rejects(
      opened.run(silent),
      /at-once at .* is used by another database or another move as well/,
    )
  })
})
