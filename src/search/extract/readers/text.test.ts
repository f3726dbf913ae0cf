import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { doc } from '../made-doc.test.ts'
import { docx, epub, paragraph, pdf, pptx, reading, slide, zip } from '../made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

// The platform has no encoders for these encodings, so the tables have the few letters that are needed here.
const single = (text: string, table: Record<string, number>) =>
  Uint8Array.from([...text], (sign) => table[sign] ?? sign.charCodeAt(0))

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

  // The text 日本語のテキストファイルです。これは文字コードの判定の試験です。 in Shift_JIS.
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

test('Thai, and the Cyrillic of DOS, are told from their bytes', async () => {
  for (const [encoding, text] of [
    ['windows-874', 'ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน รายงานประจำปี 2567'],
    ['ibm866', 'Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства.'],
    ['ibm866', 'Отчёт за 2024 год: выручка выросла на 5%.\r\n'.repeat(3)],
  ] as const) {
    const signs = Array.from({ length: 128 }, (_, at) =>
      new TextDecoder(encoding).decode(Uint8Array.of(at + 128)),
    )
    const table = Object.fromEntries(signs.map((sign, at) => [sign, at + 128]))
    assert.equal(await made.text('a.txt', single(text, table)), text.replaceAll('\r', ''))
  }
})

test('Japanese in seven bits is told from its escapes', async () => {
  const bytes = Buffer.from('Subject: \u001b$BF|K\\8l\u001b(B\n', 'latin1')
  assert.equal(await made.text('a.txt', bytes), 'Subject: 日本語\n')
})

test('a text that ends with the sign of DOS or C, or holds one control byte, is text', async () => {
  for (const text of ['Hi.\u001a', 'Hi.\0', 'one\u0001two', 'Grüße\u001a'])
    assert.match(await made.text('a.txt', text), /^(Hi\.|one.two|Grüße)/)
  assert.match(await made.text('a.txt', Buffer.from('Grüße aus Köln\u001a', 'latin1')), /^Grüße aus Köln/)
})

test('text under the name of a camera or a film is text', async () => {
  for (const name of ['dump.raw', 'move.mov'])
    assert.equal(await made.text(name, 'plain text\n'), 'plain text\n')
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

test('binary content is refused, and of an unknown kind it is said what is read here', async () => {
  const binary = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 1, 2, 3, 4, 0, 5])
  assert.equal(
    await made.failure('a.txt', binary),
    'invalid_file: The file could not be parsed. Its content is binary, not text.',
  )
  const unknown =
    'unsupported_file: The file type is not supported. Read here are text of any kind and encoding, HTML, mail (eml), ' +
    'PDF, Word (doc, docx), PowerPoint (pptx), Excel (xlsx), OpenDocument (odt, ods, odp), EPUB and RTF.'
  for (const name of ['a.png', 'picture', '']) assert.equal(await made.failure(name, binary), unknown, name)
  const database = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4000, 'create table t\0\0')])
  assert.equal(await made.failure('data.sqlite', database), unknown)
  assert.equal(await made.failure('photos.zip', zip({ 'a.txt': 'text' })), unknown)
  assert.match(await made.failure('a.txt', ' \n'), /^invalid_file: .*no text/)
  assert.match(await made.failure('a.docx', 'plain text'), /^invalid_file: .*not of the format/)
})

test('text is text by its content, whatever its name and encoding are', async () => {
  const text = 'SELECT name FROM users -- wähle Größe\n'.repeat(40)
  for (const name of 'q.sql a.log lib.rs x.h App.kt c.toml c.ini film.srt map.geojson Makefile README .env a.b.c 数据'.split(
    ' ',
  ))
    assert.equal(await made.text(name, text), text, name)
  assert.equal(await made.text('', text), text)
  for (const bytes of [
    Buffer.from(text, 'latin1'),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
  ]) {
    assert.equal(await made.text('noname', bytes), text)
  }
  const others = [
    'Первая строка журнала\nВторая строка журнала 2\n',
    '第一行日志，内容很短。\n第二行，也一样。\n',
    'これはテストです。\nログの二行目です。\n',
  ]
  for (const other of others.map((one) => one.repeat(30))) {
    const bytes = Buffer.from(other, 'utf16le')
    assert.equal(await made.text('LOG', bytes), other)
    assert.equal(await made.text('LOG', Buffer.from(bytes).swap16()), other)
  }
})

test('a script that carries an archive is no text, and zeros that a crash has left in a log are', async () => {
  let state = 7
  const noise = Uint8Array.from({ length: 60_000 }, () => (state = (state * 48_271) % 2_147_483_647) >> 8)
  const script = Buffer.concat([Buffer.from('#!/bin/sh\necho unpacking\n'.repeat(400)), noise])
  assert.match(await made.failure('install.run', script), /^unsupported_file/)
  const line = '2024-03-01 12:00:00 started\n'
  const log = Buffer.concat([
    Buffer.from(line.repeat(1000)),
    Buffer.alloc(9000),
    Buffer.from(line.repeat(10)),
  ])
  assert.equal(await made.text('a.log', log), line.repeat(1010))
})

test('formats are found by their content where the name says nothing', async () => {
  const { text } = made
  assert.match(
    await text('page', '<!-- saved -->\n<!DOCTYPE html><html><body><h1>Hi</h1></body></html>'),
    /^# Hi/,
  )
  assert.match(await text('report', docx(paragraph('Needle'))), /Needle/)
  assert.match(await text('template.dotx', docx(paragraph('Needle'))), /Needle/)
  assert.match(await text('deck.ppsx', pptx([slide('T', 'Needle')])), /Needle/)
  assert.match(await text('book', epub(['<p>Needle</p>'])), /Needle/)
  assert.match(await text('scan', pdf([{ lines: [[72, 700, 'Needle']] }])), /Needle/)
  assert.match(await text('note.txt', String.raw`{\rtf1 Needle\par}`), /^Needle/)
  assert.match(await text('letter', doc('Needle\r')), /Needle/)
  assert.match(
    await text('export.xls', '<html><table><tr><td>a</td><td>Needle</td></tr></table></html>'),
    /a \| Needle/,
  )
})

test('a mail is read with its head, decoded', async () => {
  const mail = [
    'From: =?utf-8?Q?J=C3=B6rg?= <joerg@example.com>',
    'To: anna@example.com',
    'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('The contract ends in März.').toString('base64'),
    '--b',
    'Content-Type: application/pdf; name=contract.pdf',
    'Content-Disposition: attachment; filename=contract.pdf',
    'Content-Transfer-Encoding: base64',
    '',
    'AAAA',
    '--b--',
    '',
  ].join('\r\n')
  for (const name of ['a.eml', 'message']) {
    const { parts, warnings } = await made.read(name, mail)
    const text = parts.map((part) => part.text).join('')
    assert.match(text, /Subject: Grüße\nFrom: Jörg <joerg@example\.com>\nTo: anna@example\.com/)
    assert.match(text, /The contract ends in März\./)
    assert.match(text, /Attached: contract\.pdf/)
    assert.deepEqual(warnings, ['Files that are attached to the mail were not read: 1.'])
  }
  assert.equal(await made.text('no-mail.eml', 'A line: of text.'), 'A line: of text.')
})

test('a notebook is read as text and code, without its pictures', async () => {
  const notebook = {
    cells: [
      { cell_type: 'markdown', source: ['# Sales\n', 'By region.'] },
      {
        cell_type: 'code',
        source: 'print(total)',
        outputs: [{ text: ['42\n'] }, { data: { 'image/png': 'iVBORw0KGgo', 'text/plain': ['<Figure>'] } }],
      },
    ],
  }
  const text = await made.text('a.ipynb', JSON.stringify(notebook))
  assert.equal(text, '# Sales\nBy region.\n\n```\nprint(total)\n```\n\n42\n\n<Figure>')
  assert.equal(await made.text('broken.ipynb', '{"cells": '), '{"cells": ')
})

test('WordML is read as Word documents are, under any name that Word gives it', async () => {
  const body =
    '<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>Terms</w:t></w:r></w:p><w:p><w:r><w:t>Paid </w:t></w:r><w:r><w:t>monthly.</w:t></w:r></w:p>' +
    '<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
  const styles =
    '<w:styles><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style></w:styles>'
  const word2003 =
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<?mso-application progid="Word.Document"?>\n' +
    `<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">${styles}<w:body>${body}</w:body>` +
    `<w:binData w:name="p.png">${'iVBORw0KGgo'.repeat(50)}</w:binData></w:wordDocument>`
  const flat =
    '<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package xmlns:pkg="p"><pkg:part pkg:name="/word/document.xml">' +
    `<pkg:xmlData><w:document xmlns:w="w"><w:body>${body}</w:body></w:document></pkg:xmlData></pkg:part>` +
    `<pkg:part pkg:name="/word/styles.xml"><pkg:xmlData>${styles.replace('<w:styles>', '<w:styles xmlns:w="w">')}</pkg:xmlData></pkg:part></pkg:package>`
  for (const source of [word2003, flat]) {
    for (const name of ['old.doc', 'a.xml', 'noname'])
      assert.equal(await made.text(name, source), '# Terms\n\nPaid monthly.\n\na | b\n\n', name)
  }
  assert.equal(
    await made.text('b.doc', Buffer.from(`\ufeff${word2003}`, 'utf16le')),
    '# Terms\n\nPaid monthly.\n\na | b\n\n',
  )
  assert.equal(await made.text('plain.doc', 'Just text\nunder an old name.'), 'Just text\nunder an old name.')
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

test('RTF is read with its encodings, without what is not text', async () => {
  const source = String.raw`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}{\f1\fcharset204 Arial Cyr;}}{\colortbl;\red0;}
{\*\generator Word;}{\info{\title Hidden}}{\pict\pngblip 89504e47}
\f0 Caf\'e9 \b bold\b0 {\i  x}\u8364?20\par {\f1 \'cf\'f0\'e8\'e2\'e5\'f2}\par
\trowd a\cell b\cell\row {\field{\*\fldinst HYPERLINK "x"}{\fldrslt link}} \{braces\}\par}`
  assert.equal((await made.text('a.rtf', source)).trim(), 'Café bold x€20\nПривет\na | b\nlink {braces}')
  assert.equal((await made.text('old.doc', source)).trim().slice(0, 4), 'Café')
})
