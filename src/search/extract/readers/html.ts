import { decodeWhole } from '../decode.ts'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { toMarkdown } from './to-markdown.ts'

/** Reads a page as Markdown. The page becomes a tree in memory, so its size has a lower limit than that of text. */
export async function* readHtml(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const html = await decodeWhole(file.path, limits.maxWholeBytes, fileTooLarge)
  yield* sections(await toMarkdown(html))
}
