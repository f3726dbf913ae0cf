import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { reading } from '../made-files.test.ts'

const made = reading()
after(() => made[Symbol.asyncDispose]())

test('text, code and data are read as they are written', async () => {
  const source = 'def f(x):\n    return x ** 2  # <b>not html</b>\n'
  for (const name of 'a.c a.CPP a.cs a.css a.csv a.go a.java a.js a.json a.php a.py a.rb a.sh a.tex a.ts a.txt a.xml a.yaml'.split(
    ' ',
  )) {
    assert.equal(await made.text(name, source), source, name)
  }
})

test('windows line ends, ligatures and marks are made plain', async () => {
  assert.equal(
    await made.text('a.txt', '\ufeffthe o\ufb03ce\r\nco\u00adoperates\rnow'),
    'the office\ncooperates\nnow',
  )
})

// Encoders that the platform does not have, for the few letters that are needed here.
const single = (text: string, table: Record<string, number>) =>
  Uint8Array.from([...text], (sign) => table[sign] ?? sign.charCodeAt(0))

test('encodings are told from the bytes', async () => {
  const western = 'Der Fluß fließt über die Brücke, und das Mädchen hört die Vögel. Übermäßig schön für März.'
  assert.equal(await made.text('a.txt', Buffer.from(western, 'latin1')), western)
  assert.equal(await made.text('a.txt', Buffer.from(`\ufeff${western}`, 'utf16le')), western)
  assert.equal(await made.text('a.txt', Buffer.from(`\ufeff${western}`, 'utf16le').swap16()), western)
  assert.equal(await made.text('a.txt', Buffer.from(western, 'utf16le')), western)

  const russian = 'Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства.'
  const table = Object.fromEntries(
    [...'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя'].map((sign, at) => [
      sign,
      0xc0 + at,
    ]),
  )
  assert.equal(await made.text('a.txt', single(russian, { ...table, ё: 0xb8 })), russian)

  // 日本語のテキストファイルです。これは文字コードの判定の試験です。 in Shift_JIS.
  const japanese = Buffer.from(
    '93fa967b8cea82cc8365834c83588367837483408343838b82c582b781428' +
      '2b182ea82cd95b68e9a8352815b836882cc94bb92e882cc8e8e8cb182c582b78142',
    'hex',
  )
  assert.equal(
    await made.text('a.txt', japanese),
    '日本語のテキストファイルです。これは文字コードの判定の試験です。',
  )
})

test('a file that turns out late not to be UTF-8 is read again from its beginning', async () => {
  const ascii = 'Nothing but plain letters here.\n'.repeat(20_000)
  const end = 'Später kommt ein Wort mit Umlauten: größer, schöner, für jeden Käufer.'
  const bytes = Buffer.concat([Buffer.from(ascii), Buffer.from(end, 'latin1')])
  assert.equal(await made.text('a.txt', bytes), ascii + end)
})

test('markup says its encoding', async () => {
  const page = '<html><head><meta charset="iso-8859-2"></head><body><p>\xb1\xea\xb6</p></body></html>'
  assert.match(await made.text('a.html', Buffer.from(page, 'latin1')), /ąęś/)
})

test('binary content and unknown names are refused', async () => {
  const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 1, 2, 3, 4, 0, 5])
  assert.equal(
    await made.failure('a.txt', binary),
    'invalid_file: The file could not be parsed. Its content is binary, not text.',
  )
  assert.equal(await made.failure('a.png', binary), 'unsupported_file: The file type is not supported.')
  assert.equal(await made.failure('README', 'text'), 'unsupported_file: The file type is not supported.')
  assert.match(await made.failure('a.txt', ' \n'), /^invalid_file: .*no text/)
  assert.match(await made.failure('a.docx', 'plain text'), /^invalid_file: .*not of the format/)
})

test('Markdown is cut at its headings, which know those above them', async () => {
  const source = '# Guide\n\nHello.\n\n## Install\n\n```sh\n# not a heading\n```\n\n## Use *it* #\n\nSo.\n'
  const { parts } = await made.read('a.md', source)
  assert.equal(parts.map((part) => part.text).join(''), source)
  assert.deepEqual(
    parts.map((part) => part.heading),
    ['Guide', 'Guide > Install', 'Guide > Use it'],
  )
})

test('HTML is read without scripts, with its headings, lists, links and rows', async () => {
  const source = `<!doctype html><html><head><title>A page</title><style>p { color: red }</style>
    <script>alert("<p>no</p>")</script></head><body><h1>Prices_of_2024</h1><p>All <b>prices</b> of 1. May.</p>
    <ul><li>one</li><li>two</li></ul><table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>3</td></tr></table>
    <a href="https://example.com/x">more</a><a href="javascript:no()">less</a><img src="data:xx" alt="a cat"></body></html>`
  const { parts } = await made.read('a.html', source)
  const text = parts.map((part) => part.text).join('')
  assert.match(
    text,
    /A page\n\n# Prices_of_2024\n\nAll \*\*prices\*\* of 1\. May\.\n\n-\s+one\n-\s+two\n\nItem \| Price\nTea \| 3/,
  )
  assert.match(text, /\[more\]\(https:\/\/example\.com\/x\)less/)
  assert.match(text, /a cat/)
  assert.doesNotMatch(text, /alert|color|data:xx|javascript/)
  assert.equal(parts.at(-1)?.heading, 'Prices_of_2024')
})

test('RTF is read with its encodings, without what is not text', async () => {
  const source = String.raw`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}{\colortbl;\red0;}
{\*\generator Word;}{\info{\title Hidden}}{\pict\pngblip 89504e47}
\f0 Caf\'e9 \b bold\b0 {\i  x}\u8364?20\par {\f1 \'cf\'f0\'e8\'e2\'e5\'f2}\par
\trowd a\cell b\cell\row {\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}} \{braces\}\par}`
  assert.equal((await made.text('a.rtf', source)).trim(), 'Café bold x€20\nПривет\na | b\nlink {braces}')
  assert.equal((await made.text('old.doc', source)).trim().slice(0, 4), 'Café')
})
