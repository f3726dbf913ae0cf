import { readFile } from 'node:fs/promises'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge, unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'

/**
 * Reads Word files from before 2007. The format is a small file system with tables of pointers, so the file is read as
 * a whole.
 */
export async function* readDoc(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const bytes = await readFile(file.path)
  refuse(bytes)
  const { docTexts } = await import('./doc-text.ts')
  const { body, textboxes, footnotes, endnotes } = await docTexts(bytes)
  for (const text of [body, textboxes, footnotes, endnotes])
    if (text.trim()) yield { text: `${text.trim()}\n\n` }
}

const sector = 512
const word97 = 0xa5ec
const word95 = 0xa5dc
const encrypted = 0x0100

/** Refuses files that cannot be read. The head of the document is at the start of a sector, and is never encrypted. */
function refuse(bytes: Buffer): void {
  if (bytes.includes(Buffer.from('EncryptedPackage', 'utf16le')))
    throw unreadable('It is protected by a password.')
  for (let at = sector; at + 12 <= bytes.length; at += sector) {
    const magic = bytes.readUInt16LE(at)
    if (magic === word95) throw unreadable('It was written by Word 95 or older.')
    if (magic !== word97) continue
    if (bytes.readUInt16LE(at + 10) & encrypted) throw unreadable('It is protected by a password.')
    return
  }
}
