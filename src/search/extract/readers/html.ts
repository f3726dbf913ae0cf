import { decodeWhole } from '../decode.ts'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { toMarkdown } from './to-markdown.ts'

/** A page as Markdown. It is made into a tree in memory, so its size is limited more than that of text. */
export async function* readHtml(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const html = await decodeWhole(file.path, limits.maxWholeBytes, fileTooLarge)
  yield* sections(await toMarkdown(html))
}
