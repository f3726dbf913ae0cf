import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { docx, epub, odf, paragraph, pdf, reading, xlsx, zip } from './made-files.test.ts'

const made = reading()
after(() => made[Symbol.asyncDispose]())
const tooLarge = /^invalid_file: The file could not be parsed because it is too large\./
const unreadable = /^invalid_file: The file could not be parsed\./

test('a zip bomb ends after a little of it', async () => {
  const bomb = docx(paragraph('a'.repeat(40_000_000)))
  assert.ok(bomb.length < 100_000)
  assert.match(await made.failure('a.docx', bomb), tooLarge)
  assert.match(
    await made.failure('a.xlsx', xlsx({ S: `<row><c><v>${'1'.repeat(40_000_000)}</v></c></row>` })),
    tooLarge,
  )
})

test('an archive of very many files is not read', async () => {
  const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, at) => [`word/${at}`, '']))
  assert.match(await made.failure('a.docx', docx(paragraph('x'), many)), tooLarge)
})

test('a sheet of too much text ends when that is seen', async () => {
  const row =
    '<row><c t="inlineStr"><is><t>Some text in a cell, quite like that in others.</t></is></c></row>'
  assert.match(await made.failure('a.xlsx', xlsx({ S: row.repeat(1_000_000) })), tooLarge)
})

test('entities are not expanded', async () => {
  const lol = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('')
  const bomb = `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">${lol}]><w:document xmlns:w="w"><w:p><w:r><w:t>&l9;</w:t></w:r></w:p></w:document>`
  assert.match(await made.failure('a.docx', zip({ 'word/document.xml': bomb })), /declares entities/)
  const outside = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
  assert.match(await made.failure('a.odt', zip({ 'content.xml': outside })), /declares entities/)
  assert.match(
    await made.failure('a.odt', odf('<office:text><text:p>&unknown;</text:p></office:text>')),
    unreadable,
  )
  // As plain text, the content is returned unchanged.
  assert.equal(await made.text('a.xml', outside), outside)
})

test('deep nesting', async () => {
  const deep = (tag: string, depth: number) => `<${tag}>`.repeat(depth) + `</${tag}>`.repeat(depth)
  assert.match(await made.failure('a.docx', docx(deep('w:p', 100_000))), unreadable)
  // HTML that is nested too deeply is read without its tags.
  assert.equal(await made.text('a.html', `a${deep('div', 50_000)}b`), `a\nb`)
  assert.match(await made.text('a.epub', epub([`<p>Once${deep('b', 50_000)}</p>`])), /Once/)
  assert.match(await made.failure('a.html', '<script>'.repeat(1_000_000)), unreadable)
  assert.equal(await made.text('a.html', `x${'<svg '.repeat(1_000_000)}`), 'x')
  assert.match(await made.failure('a.rtf', `{\\rtf1 ${'{'.repeat(2_000_000)}`), unreadable)
})

test('a file of nothing but headings', async () => {
  const text = '# a\nb\n'.repeat(300_000)
  const { parts } = await made.read('a.md', text)
  assert.ok(parts.length <= 100_000)
  assert.equal(
    parts
      .map((part) => part.text)
      .join('')
      .replaceAll('\n\n', '\n'),
    text,
  )
})

test('damaged archives', async () => {
  const good = docx(paragraph('Text that compresses, compresses, compresses. '.repeat(50)))
  assert.match(await made.failure('a.docx', good.subarray(0, good.length / 2)), unreadable)
  const flipped = Uint8Array.from(good, (byte, at) => (at > 300 && at < 500 ? byte ^ 0x55 : byte))
  assert.match(await made.failure('a.docx', flipped), unreadable)
  for (let cut = 5; cut < good.length; cut += 37) {
    assert.match(await made.failure('a.docx', good.subarray(0, cut)), /^invalid_file: /)
  }
  assert.match(await made.failure('a.docx', docx('<w:p><w:r></w:p>')), unreadable)
})

test('damaged files of every kind fail, and the thread goes on', async () => {
  const noise = (magic: string, seed: number) => {
    let state = seed
    const bytes = Buffer.alloc(6000)
    for (let at = 0; at < bytes.length; at++) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      bytes[at] = state >> 16
    }
    return Buffer.concat([Buffer.from(magic, 'latin1'), bytes])
  }
  const kinds: [string, string][] = [
    ['a.pdf', '%PDF-1.7\n'],
    ['a.docx', 'PK\x03\x04'],
    ['a.doc', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ]
  for (const [name, magic] of kinds) {
    for (let seed = 1; seed <= 8; seed++)
      assert.match(await made.failure(name, noise(magic, seed)), /^invalid_file: /)
  }
  assert.equal(await made.text('a.txt', 'still here'), 'still here')
})

test('PDF: bytes changed anywhere give text or a failure', async () => {
  const good = pdf(
    Array.from({ length: 3 }, (_, at) => ({ lines: [[72, 700, `What is on page ${at + 1}.`]] })),
  )
  for (let at = 9; at < good.length; at += 61) {
    const bytes = Buffer.from(good)
    bytes.fill(0x3c, at, at + 7)
    const answer = await made.failure('a.pdf', bytes)
    assert.match(answer, /^invalid_file: |^Error: read: /)
  }
})

test('a PDF of 10,000 pages is read whole, in bounded memory', async () => {
  const pages = Array.from({ length: 10_000 }, (_, at) => ({
    lines: [[72, 700, `On page ${at + 1} stands this, and little else.`]] as [number, number, string][],
  }))
  const file = made.put('a.pdf', pdf(pages))
  const before = process.memoryUsage.rss()
  const { parts } = await made.extractor.extract(file, new AbortController().signal)
  assert.equal(parts.length, 10_000)
  assert.equal(parts[9_999]?.page, 10_000)
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20
  assert.ok(grown < 400, `${grown} MB`)
})

test('a PDF that unpacks to far more than its size ends at the limit, and the next one is read', async () => {
  await using narrow = reading({ limits: { pdfiumMb: 64 } })
  // These are 100 MB of spaces that are compressed twice.
  const bomb = deflateSync(deflateSync(Buffer.alloc(100_000_000, ' ')))
  const page = pdf([{ lines: [[72, 700, 'x']] }])
    .toString('latin1')
    .replace(
      /<<  \/Length \d+ >>\nstream\n[^]*?\nendstream/,
      () =>
        `<< /Length ${bomb.length} /Filter [/FlateDecode /FlateDecode] >>\nstream\n${bomb.toString('latin1')}\nendstream`,
    )
    .replace(/startxref\n\d+/, 'startxref\n9')
  assert.match(await narrow.failure('a.pdf', Buffer.from(page, 'latin1')), tooLarge)
  assert.equal((await narrow.text('a.pdf', pdf([{ lines: [[72, 700, 'next']] }]))).trim(), 'next')
})

test('a PDF whose pages go in circles', async () => {
  const circle = pdf([{ lines: [[72, 700, 'x']] }])
    .toString('latin1')
    .replace('/Kids [5 0 R]', '/Kids [2 0 R]')
  assert.match(await made.failure('a.pdf', Buffer.from(circle, 'latin1')), /^invalid_file: /)
})
