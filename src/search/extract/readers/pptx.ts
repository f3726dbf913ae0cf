import type { ExtractedPart } from '../extracted.ts'
import { unreadable } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { textBuilder } from '../text-builder.ts'
import { parseWholeXml } from '../xml.ts'
import { openZip, type Zip } from '../zip.ts'
import { chartLines } from './ooxml-chart.ts'
import { mainPart, relationsOf } from './ooxml.ts'

/** Placeholders whose text is the same on every slide. */
const everywhere = new Set(['sldNum', 'dt', 'ftr', 'hdr'])

/** Reads a presentation with a part for each slide, in the order of the show. The notes of a slide follow its text. */
export async function* readPptx(file: SourceFile, reading: Reading): AsyncGenerator<ExtractedPart> {
  const { limits } = reading
  await using zip = await openZip(file.path, limits.zip)
  const main = await mainPart(zip, 'ppt/presentation.xml')
  if (!zip.has(main)) throw unreadable('It is not a presentation.')
  const slides: string[] = []
  const relations = await relationsOf(zip, main)
  await parseWholeXml(zip.read(main), {
    open(name, attributes) {
      const target = name === 'sldId' && relations.get(attributes.prefixed('id') ?? '')?.target
      if (target) slides.push(target)
    },
  })
  if (slides.length === 0) throw unreadable('It is not a presentation, or it has no slides.')
  reading.pages(slides.length)
  for (const [index, slide] of slides.entries()) {
    const { text, title } = await readShapes(zip, slide, limits.maxText)
    const notes = [...(await relationsOf(zip, slide)).values()].find(({ kind }) => kind === 'notesSlide')
    const said = notes ? (await readShapes(zip, notes.target, limits.maxText)).text.trim() : ''
    const charts = await chartLines(zip, slide, limits.maxText)
    const whole = [text.trim(), charts.trim(), said && `Notes: ${said}`].filter(Boolean).join('\n\n')
    if (whole) yield { text: `${whole}\n\n`, page: index + 1, ...(title ? { heading: title } : {}) }
  }
}

async function readShapes(zip: Zip, part: string, maxText: number): Promise<{ text: string; title: string }> {
  const out = textBuilder(maxText)
  let title = ''
  let paragraph = ''
  let kind = ''
  let row: string[] | undefined
  let inText = false
  await parseWholeXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'sp') kind = ''
      else if (name === 'ph') kind = attributes.get('type') ?? ''
      else if (name === 'p') paragraph = ''
      else if (name === 't') inText = true
      else if (name === 'br') paragraph += '\n'
      else if (name === 'tr') row = []
      else if (name === 'tc') row?.push('')
    },
    text(text) {
      if (inText) paragraph += text
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'sp') kind = ''
      else if (name === 'p' && paragraph.trim() && !everywhere.has(kind)) {
        const line = paragraph.trim()
        if ((kind === 'title' || kind === 'ctrTitle') && !row)
          title = `${title} ${line.replace(/\n/g, ' ')}`.trim()
        if (row) row.push(`${row.pop() ?? ''} ${line}`.trim())
        else out.add(`${line}\n`)
        paragraph = ''
      } else if (name === 'tr' && row) {
        out.add(`${row.join(' | ')}\n`)
        row = undefined
      }
    },
  })
  return { text: out.take(), title: title.slice(0, 200) }
}
