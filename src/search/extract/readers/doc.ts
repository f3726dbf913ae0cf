import { readFile } from 'node:fs/promises'
import type { ExtractedPart } from '../extracted.ts'
import { tooLarge, unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'

/** Word's format before 2007. It is a small file system with tables of pointers, so it is read whole. */
export async function* readDoc(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw tooLarge()
  const { default: WordExtractor } = await import('word-extractor')
  const bytes = await readFile(file.path)
  if (bytes.includes(Buffer.from('EncryptedPackage', 'utf16le')))
    throw unreadable('It is protected by a password.')
  const document = await new WordExtractor().extract(bytes)
  const texts = [
    document.getBody(),
    document.getTextboxes({ includeHeadersAndFooters: false }),
    document.getFootnotes(),
    document.getEndnotes(),
  ]
  for (const text of texts) if (text.trim()) yield { text: `${text.trim()}\n\n` }
}
