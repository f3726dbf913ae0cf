import type { ExtractedPart } from '../extracted.ts'
import { unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { textBuilder } from '../text-builder.ts'
import { parseWholeXml, parseXml } from '../xml.ts'
import { openZip, type Zip } from '../zip.ts'
import { chartLines } from './ooxml-chart.ts'
import { mainPart, relationsOf } from './ooxml.ts'
import { commentLines } from './xlsx-comments.ts'
import { dateText, readDateStyles } from './xlsx-dates.ts'

const flushText = 500_000
/** The maximum number of empty cells that are written between two cells. Wider gaps are only layout. */
const maxGap = 20

interface Cell {
  column: number
  type: string
  style: number
  value: string
}

/**
 * Reads a workbook sheet by sheet, with a line for each row. Sheets are streamed, but the table of shared strings is
 * kept in memory.
 */
export async function* readXlsx(file: SourceFile, reading: Reading): AsyncGenerator<ExtractedPart> {
  const { limits } = reading
  await using zip = await openZip(file.path, limits.zip)
  const main = await mainPart(zip, 'xl/workbook.xml')
  if (!zip.has(main)) throw unreadable('It is not a workbook.')
  const sheets: { name: string; target: string }[] = []
  let from1904 = false
  const relations = await relationsOf(zip, main)
  const part = (kind: string) => [...relations.values()].find((one) => one.kind === kind)?.target ?? ''
  await parseWholeXml(zip.read(main), {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.get('date1904') ?? '')
      const target = name === 'sheet' && relations.get(attributes.prefixed('id') ?? '')?.target
      if (target) sheets.push({ name: attributes.get('name') ?? '', target })
    },
  })
  if (sheets.length === 0) throw unreadable('It is not a workbook, or it has no sheets.')
  const strings = await readStrings(zip, part('sharedStrings'), limits.maxText)
  const dates = await readDateStyles(zip, part('styles'))
  const textOf = (cell: Cell): string => {
    if (cell.type === 's') return strings[Number(cell.value)] ?? ''
    if (cell.type === 'b') return cell.value === '1' ? 'TRUE' : 'FALSE'
    if ((cell.type === '' || cell.type === 'n') && dates[cell.style]) return dateText(cell.value, from1904)
    return cell.value
  }

  reading.pages(sheets.length)
  for (const [index, { name, target }] of sheets.entries()) {
    const as = { page: index + 1, ...(name ? { heading: name } : {}) }
    const out = textBuilder(limits.maxText)
    let length = 0
    for await (const rows of readRows(zip, target, textOf)) {
      if (length === 0 && rows && name) out.add(`${name}\n`)
      out.add(rows)
      length += rows.length
      if (length < flushText) continue
      yield { text: out.take(), ...as }
      length = 1
    }
    out.add(await besideCells(zip, target, limits.maxText))
    const text = out.take()
    if (text) yield { text: `${text}\n`, ...as }
  }
}

/** The text of a sheet outside of its cells: comments and charts. */
async function besideCells(zip: Zip, sheet: string, maxText: number): Promise<string> {
  let lines = await commentLines(zip, sheet, maxText)
  for (const { kind, target } of (await relationsOf(zip, sheet)).values()) {
    if (kind === 'drawing') lines += await chartLines(zip, target, maxText)
  }
  return lines
}

async function readStrings(zip: Zip, part: string, maxText: number): Promise<string[]> {
  const strings: string[] = []
  const out = textBuilder(maxText)
  let inText = false
  // A phonetic guide only repeats the string in another script.
  let phonetic = false
  await parseWholeXml(zip.read(part), {
    open(name) {
      if (name === 't') inText = !phonetic
      else if (name === 'rPh') phonetic = true
    },
    text(text) {
      if (inText) out.add(text)
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'si') strings.push(out.take())
    },
  })
  return strings
}

async function* readRows(zip: Zip, part: string, textOf: (cell: Cell) => string): AsyncGenerator<string> {
  let rows = ''
  let row: string[] = []
  let column = 0
  let cell: Cell | undefined
  let inValue = false
  const steps = parseXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'row') [row, column] = [[], 0]
      else if (name === 'c') {
        cell = {
          column: columnOf(attributes.get('r')) ?? column,
          type: attributes.get('t') ?? '',
          style: Number(attributes.get('s') ?? 0),
          value: '',
        }
      } else if (name === 'v' || name === 't') inValue = true
    },
    text(text) {
      if (inValue && cell) cell.value += text
    },
    close(name) {
      if (name === 'v' || name === 't') inValue = false
      else if (name === 'c' && cell) {
        const text = textOf(cell).trim().replace(/\s+/g, ' ')
        if (text) {
          for (let gap = Math.min(cell.column - column, maxGap); gap > 0; gap--) row.push('')
          row.push(text)
          column = cell.column + 1
        }
        cell = undefined
      } else if (name === 'row' && row.length > 0) rows += `${row.join(' | ')}\n`
    },
  })
  for await (const _ of steps) {
    if (!rows) continue
    yield rows
    rows = ''
  }
}

/** The index of the column, counted from 0. For example, `C5` is in column 2. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0]
  if (!letters) return undefined
  let column = 0
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64
  return column - 1
}
