import type { ExtractedPart } from '../extracted.ts'
import { unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { textBuilder } from '../text-builder.ts'
import { parseWholeXml, type XmlAttributes } from '../xml.ts'
import { openZip } from '../zip.ts'
import { readControls } from './docx-controls.ts'
import { readNumbering, type Numbering } from './docx-numbering.ts'
import { readStyles, type Style } from './docx-styles.ts'
import { chartLines } from './ooxml-chart.ts'
import { mainPart, relationsOf } from './ooxml.ts'

const besides = new Set(['footnotes', 'endnotes', 'comments', 'header', 'footer'])

interface Paragraph {
  text: string
  style: string | undefined
  level: number | undefined
  list: string | undefined
}

/**
 * Reads a Word document as Markdown: headings, numbers of lists and rows of tables, then notes, comments, headers and
 * footers.
 */
export async function* readDocx(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  await using zip = await openZip(file.path, limits.zip)
  const main = await mainPart(zip, 'word/document.xml')
  if (!zip.has(main)) throw unreadable('It is not a Word document.')
  const relations = [...(await relationsOf(zip, main)).values()]
  const target = (kind: string) => relations.find((relation) => relation.kind === kind)?.target ?? ''
  const look = {
    styles: await readStyles(zip.read(target('styles'))),
    numbering: await readNumbering(zip.read(target('numbering'))),
  }
  const out = textBuilder(limits.maxText)
  await readBody(zip.read(main), look, (text) => out.add(text))
  yield* sections(out.take())
  const charts = await chartLines(zip, main, limits.maxText)
  if (charts) yield { text: `${charts}\n` }

  const said = new Set<string>()
  for (const { kind, target: part } of relations) {
    if (!besides.has(kind)) continue
    await readBody(zip.read(part), look, (text) => out.add(text))
    const text = out.take().trim()
    // Each section of a document has its own header, but usually with the same text.
    if (text && !said.has(text)) yield { text: `${text}\n\n` }
    said.add(text)
  }
}

/** The definitions to which the settings of a paragraph refer. */
export interface ParagraphFormats {
  styles: Map<string, Style>
  numbering: Numbering
}

/** Passes on the text of a part of a document, one paragraph or table row at a time. */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  { styles, numbering }: ParagraphFormats,
  add: (text: string) => void,
): Promise<void> {
  // A paragraph may contain a text box with other paragraphs, and a cell may contain a table.
  const open: Paragraph[] = []
  const cells: { texts: string[]; rows: number }[] = []
  // A fallback repeats the same content for older readers.
  let skipped = 0
  let text = false

  const finish = (paragraph: Paragraph) => {
    const style = styles.get(paragraph.style ?? '')
    const content = paragraph.text.trim()
    if (!content) return
    const numId = paragraph.list ?? style?.list
    const label = numId === undefined ? '' : numbering.next(numId, paragraph.level ?? style?.level ?? 0)
    const outer = open.at(-1)
    const cell = cells.at(-1)
    if (outer) outer.text += ` ${content} `
    else if (cell)
      cell.texts.push(`${cell.texts.pop() ?? ''} ${label}${content.replace(/\n/g, ' ')}`.trimStart())
    else if (style?.heading) add(`${'#'.repeat(style.heading)} ${label}${content.replace(/\n/g, ' ')}\n\n`)
    else add(label ? `${label}${content}\n` : `${content}\n\n`)
  }

  const write = (sign: string) => {
    const paragraph = open.at(-1)
    if (paragraph) paragraph.text += sign
  }

  const opened: Record<string, (attributes: XmlAttributes) => void> = {
    p: () => open.push({ text: '', style: undefined, level: undefined, list: undefined }),
    pStyle: (attributes) => set(open.at(-1), 'style', attributes.get('val')),
    numId: (attributes) => set(open.at(-1), 'list', attributes.get('val')),
    ilvl: (attributes) => set(open.at(-1), 'level', Number(attributes.get('val') ?? 0)),
    tab: () => write('\t'),
    br: () => write('\n'),
    cr: () => write('\n'),
    noBreakHyphen: () => write('-'),
    tbl: () => cells.push({ texts: [], rows: 0 }),
    tc: () => cells.at(-1)?.texts.push(''),
    t: () => (text = true),
  }
  const closed: Record<string, () => void> = {
    p() {
      const paragraph = open.pop()
      if (paragraph) finish(paragraph)
    },
    t: () => (text = false),
    // In a formula, the numerator of a fraction ends here.
    num: () => write('/'),
    tr() {
      const table = cells.at(-1)
      const row = table?.texts.splice(0).join(' | ') ?? ''
      const outer = cells.at(-2)
      if (!row.replace(/[ |]/g, '')) return
      if (outer) outer.texts.push(`${outer.texts.pop() ?? ''} ${row}`.trimStart())
      else add(`${row}\n`)
    },
    tbl() {
      cells.pop()
      if (cells.length === 0) add('\n')
    },
  }

  const controls = readControls(write)
  await parseWholeXml(source, {
    open(name, attributes) {
      if (skipped === 0) controls.open(name, attributes)
      if (skipped > 0 || name === 'Fallback') skipped += 1
      // `tab` also occurs in the settings of a paragraph. There it has a position.
      else if (name !== 'tab' || attributes.get('pos') === undefined) opened[name]?.(attributes)
    },
    text(content) {
      if (text && skipped === 0) write(controls.text(content))
    },
    close(name) {
      if (skipped > 0) skipped -= 1
      else {
        controls.close(name)
        closed[name]?.()
      }
    },
  })
}

function set<Key extends keyof Paragraph>(
  paragraph: Paragraph | undefined,
  key: Key,
  value: Paragraph[Key],
): void {
  if (paragraph) paragraph[key] = value
}
