import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { docx, epub, odf, paragraph, pptx, reading, slide, xlsx } from './made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

/** Rewrites the directory of an archive and its end as ZIP64, independently of the sizes. */
function zip64(archive: Uint8Array): Buffer {
  const bytes = Buffer.from(archive)
  const end = bytes.lastIndexOf('PK\x05\x06')
  const [count, size, offset] = [
    bytes.readUInt16LE(end + 10),
    bytes.readUInt32LE(end + 12),
    bytes.readUInt32LE(end + 16),
  ]
  const record = Buffer.alloc(56)
  record.write('PK\x06\x06')
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  for (const [at, value] of [count, count, size, offset].entries())
    record.writeBigUInt64LE(BigInt(value), 24 + at * 8)
  const locator = Buffer.alloc(20)
  locator.write('PK\x06\x07')
  locator.writeBigUInt64LE(BigInt(end), 8)
  locator.writeUInt32LE(1, 16)
  const last = Buffer.from(bytes.subarray(end))
  last.fill(0xff, 8, 20)
  return Buffer.concat([bytes.subarray(0, end), record, locator, last])
}

test('archives with a ZIP64 end record, as programs write that stream, are read in every format', async () => {
  const files: Record<string, Uint8Array> = {
    'a.docx': docx(paragraph('Needle')),
    'a.pptx': pptx([slide('Title', 'Needle')]),
    'a.xlsx': xlsx({ S: '<row><c t="inlineStr"><is><t>Needle</t></is></c></row>' }),
    'a.odt': odf('<office:text><text:p>Needle</text:p></office:text>'),
    'a.epub': epub(['<p>Needle</p>']),
  }
  for (const [name, archive] of Object.entries(files)) {
    assert.match(await made.text(name, zip64(archive)), /Needle/, name)
    assert.match(await made.text(name, archive), /Needle/, name)
  }
})

test('bytes after an archive, and a comment at its end, are nobody’s text', async () => {
  const archive = docx(paragraph('Needle'))
  assert.match(await made.text('a.docx', Buffer.concat([archive, Buffer.alloc(700)])), /Needle/)
  const commented = Buffer.concat([archive, Buffer.from('a comment')])
  commented.writeUInt16LE(9, archive.length - 2)
  assert.match(await made.text('a.docx', commented), /Needle/)
})
