import { decodeWhole } from '../decode.ts'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'

/** Reads text, code and data unchanged. */
export async function* readPlain({ path }: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  const text = await decodeWhole(path, limits.maxText, fileTooLarge)
  if (text.trim()) yield { text }
}

/** Reads Markdown unchanged and splits it at its headings. */
export async function* readMarkdown(
  { path }: SourceFile,
  { limits }: Reading,
): AsyncGenerator<ExtractedPart> {
  yield* sections(await decodeWhole(path, limits.maxText, fileTooLarge))
}
