import { createReadStream } from 'node:fs'
import type { ExtractedPart } from '../extracted.ts'
import { unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { textBuilder } from '../text-builder.ts'
import { readNumbering } from './docx-numbering.ts'
import { readStyles } from './docx-styles.ts'
import { readBody } from './docx.ts'

/**
 * Reads a Word document in a single XML file: the format of Word 2003, or all parts of a newer document in one file.
 * Its elements have the same names as in docx files, and the reader of those ignores pictures.
 */
export async function* readWordml({ path }: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  const whole = (): AsyncIterable<Uint8Array> => createReadStream(path)
  const look = { styles: await readStyles(whole()), numbering: await readNumbering(whole()) }
  const out = textBuilder(limits.maxText)
  await readBody(whole(), look, (text) => out.add(text))
  const text = out.take()
  if (!text.trim()) throw unreadable('It is a Word document without text.')
  yield* sections(text)
}
