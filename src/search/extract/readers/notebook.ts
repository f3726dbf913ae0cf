import { decodeWhole } from '../decode.ts'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'

/** Reads a Jupyter notebook as Markdown: its text cells, its code, and the printed output. Pictures are left out. */
export async function* readNotebook(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const written = await decodeWhole(file.path, limits.maxWholeBytes, fileTooLarge)
  const cells = cellsOf(written)
  // The file is not JSON or has an unknown format, so it is read as text.
  if (!cells) yield { text: written }
  else yield* sections(cells.map(cellText).filter(Boolean).join('\n\n'))
}

type Json = Record<string, unknown> | undefined
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value : [])
/** A text is either a string or a list of lines. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : listOf(value).map(String).join('')

function cellsOf(written: string): Json[] | undefined {
  try {
    const notebook = JSON.parse(written) as Json
    const sheets = listOf(notebook?.['worksheets']).flatMap((sheet) => listOf(sheet?.['cells']))
    return Array.isArray(notebook?.['cells'])
      ? listOf(notebook['cells'])
      : sheets.length > 0
        ? sheets
        : undefined
  } catch {
    return undefined
  }
}

function cellText(cell: Json): string {
  const source = textOf(cell?.['source'] ?? cell?.['input'])
  if (cell?.['cell_type'] !== 'code') return source.trim()
  const printed = listOf(cell['outputs'])
    .map((output) => textOf(output?.['text'] ?? (output?.['data'] as Json)?.['text/plain']).trimEnd())
    .filter(Boolean)
  return [`\`\`\`\n${source.trimEnd()}\n\`\`\``, ...printed].join('\n\n')
}
