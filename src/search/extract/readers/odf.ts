import type { ExtractedPart } from '../extracted.ts'
import { unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { sections } from '../sections.ts'
import { textBuilder } from '../text-builder.ts'
import { parseWholeXml } from '../xml.ts'
import { openZip, type Zip } from '../zip.ts'

/** Elements whose text is not read, such as deleted text in documents that track changes. */
const skippedNames = new Set(['tracked-changes', 'forms', 'note-citation', 'settings', 'date-time-decl'])

/** Reads OpenDocument files: texts as Markdown, and presentations and workbooks with a part for each slide or sheet. */
export async function* readOdf(file: SourceFile, reading: Reading): AsyncGenerator<ExtractedPart> {
  const { limits } = reading
  await using zip = await openZip(file.path, limits.zip)
  if (!zip.has('content.xml')) throw unreadable('It is not an OpenDocument file.')
  await refuseEncrypted(zip)

  const out = textBuilder(limits.maxText)
  const ready: ExtractedPart[] = []
  const paragraphs: string[] = []
  const rows: string[][] = []
  let skipped = 0
  let level = 0
  let page = 0
  let name = ''
  let kind = ''

  const finish = () => {
    const text = out.take()
    if (!text.trim()) return
    if (page === 0) ready.push(...sections(text))
    else ready.push({ text: `${text.trim()}\n\n`, page, ...(name ? { heading: name } : {}) })
  }
  const write = (text: string) => {
    const last = paragraphs.length - 1
    if (last >= 0) paragraphs[last] += text
  }
  const endParagraph = (tag: string) => {
    const text = (paragraphs.pop() ?? '').trim()
    const row = rows.at(-1)
    if (!text) return
    if (paragraphs.length > 0) write(` ${text} `)
    else if (row) row.push(`${row.pop() ?? ''} ${text.replace(/\n/g, ' ')}`.trim())
    else if (tag === 'h' && page === 0) out.add(`${'#'.repeat(Math.min(Math.max(level, 1), 6))} ${text}\n\n`)
    else out.add(page > 0 ? `${text}\n` : `${text}\n\n`)
  }

  await parseWholeXml(zip.read('content.xml'), {
    open(tag, attributes) {
      if (skipped > 0 || skippedNames.has(tag)) skipped += 1
      else if (tag === 'p' || tag === 'h') {
        paragraphs.push('')
        level = Number(attributes.get('outline-level') ?? 1) || 1
      } else if (tag === 'presentation' || tag === 'spreadsheet') kind = tag
      else if ((tag === 'page' && kind === 'presentation') || (tag === 'table' && kind === 'spreadsheet')) {
        if (rows.length > 0) return
        finish()
        page += 1
        name = kind === 'spreadsheet' ? (attributes.get('name') ?? '') : ''
        if (name) out.add(`${name}\n`)
      } else if (tag === 'table-row') rows.push([])
      else if (tag === 'table-cell' || tag === 'covered-table-cell') rows.at(-1)?.push('')
      else if (tag === 's')
        write(' '.repeat(Math.min(Math.max(Number(attributes.get('c') ?? 1) || 1, 1), 100)))
      else if (tag === 'tab') write('\t')
      else if (tag === 'line-break') write('\n')
    },
    text(text) {
      if (skipped === 0 && text) write(text.replace(/\s+/g, ' '))
    },
    close(tag) {
      if (skipped > 0) skipped -= 1
      else if (tag === 'p' || tag === 'h') endParagraph(tag)
      else if (tag === 'table-row') {
        const row = (rows.pop() ?? []).join(' | ').replace(/[ |]+$/, '')
        const outer = rows.at(-1)
        if (outer) outer.push(`${outer.pop() ?? ''} ${row}`.trim())
        else if (row) out.add(`${row}\n`)
      } else if (tag === 'table' && rows.length === 0) out.add('\n')
    },
  })
  finish()
  if (page > 0) reading.pages(page)
  yield* ready
}

async function refuseEncrypted(zip: Zip): Promise<void> {
  await parseWholeXml(zip.read('META-INF/manifest.xml'), {
    open(name) {
      if (name === 'encryption-data') throw unreadable('It is protected by a password.')
    },
  })
}
