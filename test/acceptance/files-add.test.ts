import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startTestServer } from '../server.ts'
import { start, threadmill, environmentOf, folder } from './run-program.ts'

test('files add puts a folder into a store of that name, says what could not be read, and adds to it again', async () => {
  await using server = await startTestServer()
  using files = folder()
  mkdirSync(join(files.path, 'deeper'))
  writeFileSync(join(files.path, 'a.txt'), 'The harbour opens at six.')
  writeFileSync(join(files.path, 'deeper', 'b.md'), '# Tides\n\nHigh tide is at noon.')
  writeFileSync(join(files.path, 'broken.pdf'), '%PDF-1.7 and then nothing')
  writeFileSync(join(files.path, 'photo.jpg'), 'is left out')
  const env = environmentOf(server)
  const first = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(first.code, 1, first.out)
  assert.match(first.out, /not read: .*broken\.pdf: The file could not be parsed/)
  assert.match(first.stdout, /^2 files added to vector store vs_\w+ \("port"\), 0 unchanged, 1 left out\n$/)
  assert.match(first.stderr, /left out: .*photo\.jpg: no kind of file that text can be read from/)
  // Where no terminal is, there are lines instead of a bar.
  assert.match(first.stderr, /^uploaded 0\/3\n(?:uploaded [123]\/3\n)+indexed /m)

  rmSync(join(files.path, 'broken.pdf'))
  writeFileSync(join(files.path, 'a.txt'), 'The harbour opens at seven.')
  const second = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(second.code, 0, second.out)
  assert.match(second.out, /^1 file added to .*, 1 unchanged/)
  const stores = (await server.client.vectorStores.list()).data
  assert.equal(stores.length, 1)
  const found = await server.client.vectorStores.search(stores[0]?.id ?? '', { query: 'When is high tide?' })
  assert.equal(found.data[0]?.filename, 'b.md')
  const opening = await server.client.vectorStores.search(stores[0]?.id ?? '', { query: 'harbour opens' })
  assert.deepEqual(
    opening.data.map(({ content }) => content[0]?.text),
    ['The harbour opens at seven.'],
  )
})

test('files add goes on where it was broken off, and nothing is there twice', async () => {
  await using server = await startTestServer()
  using files = folder()
  const names = Array.from({ length: 60 }, (_, at) => `note-${at}.txt`)
  for (const name of names) writeFileSync(join(files.path, name), `This is ${name}.`)
  const env = environmentOf(server)
  const args = ['files', 'add', files.path, '--store', 'notes']
  const child = start(args, env)
  const said = text(child.stdout)
  let errors = ''
  for await (const piece of child.stderr.setEncoding('utf8')) {
    // In the midst of the uploads.
    if (!/uploaded [6-9]\/60/.test(errors) && /uploaded [6-9]\/60/.test(errors + piece)) child.kill('SIGINT')
    errors += piece
  }
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 130, errors)
  assert.match(errors, /broken off\. What is there stays\. Run it again to go on\./)
  assert.equal(await said, '')

  const idsOf = async () => (await Array.fromAsync(server.client.files.list())).map(({ id }) => id)
  const uploaded = await idsOf()
  assert.ok(uploaded.length >= 6 && uploaded.length < 60, `${uploaded.length} files`)

  const second = await threadmill(args, env)
  assert.equal(second.code, 0, second.out)
  const now = new Set(await idsOf())
  assert.ok(uploaded.every((id) => now.has(id)))
  const third = await threadmill([...args, '--json'], env)
  const { vector_store, ...counts } = JSON.parse(third.stdout)
  assert.deepEqual(counts, { added: 0, unchanged: 60, failed: [], left_out: [] })
  const all = await Array.fromAsync(server.client.files.list())
  assert.deepEqual(all.map(({ filename }) => filename).toSorted(), names.toSorted())
  assert.equal((await server.client.vectorStores.retrieve(vector_store.id)).file_counts.total, 60)
})

test('files add names everything that it leaves out, and reads a file that failed before again', async () => {
  await using server = await startTestServer()
  using files = folder()
  writeFileSync(join(files.path, 'a.txt'), 'Something to read.')
  writeFileSync(join(files.path, '.secret'), 'hidden')
  writeFileSync(join(files.path, 'tune.mp3'), Buffer.from([0xff, 0xfb, 0x90, 0, 0, 0]))
  writeFileSync(join(files.path, 'nothing.txt'), '')
  symlinkSync(join(files.path, 'a.txt'), join(files.path, 'link.txt'))
  writeFileSync(join(files.path, 'broken.pdf'), '%PDF-1.7 and then nothing')
  const env = environmentOf(server)
  const args = ['files', 'add', files.path, '--store', 's', '--json']
  for (const unchanged of [0, 1]) {
    const { code, stdout, stderr } = await threadmill(args, env)
    assert.equal(code, 1)
    const said = JSON.parse(stdout)
    assert.equal(said.unchanged, unchanged)
    assert.deepEqual(
      said.failed.map(({ path }: { path: string }) => path),
      [join(files.path, 'broken.pdf')],
    )
    for (const name of ['.secret: hidden', 'tune.mp3: no kind', 'nothing.txt: empty', 'link.txt: a link'])
      assert.ok(stderr.includes(`left out: ${join(files.path, name)}`), stderr)
  }
  assert.equal((await Array.fromAsync(server.client.files.list())).length, 2)
})
