import { textBuilder } from '../text-builder.ts'
import { parseWholeXml } from '../xml.ts'
import type { Zip } from '../zip.ts'
import { relationsOf } from './ooxml.ts'

const charts = new Set(['chart', 'chartEx'])

/** The titles of the charts in a part of an Office document, and the names of their series. Each chart has one line. */
export async function chartLines(zip: Zip, part: string, maxText: number): Promise<string> {
  let lines = ''
  for (const { kind, target } of (await relationsOf(zip, part)).values()) {
    if (charts.has(kind)) lines += await chartLine(zip, target, maxText)
  }
  return lines
}

async function chartLine(zip: Zip, part: string, maxText: number): Promise<string> {
  const out = textBuilder(maxText)
  const titles: string[] = []
  const series: string[] = []
  const open: string[] = []
  await parseWholeXml(zip.read(part), {
    open: (name) => void open.push(name),
    text(text) {
      const name = open.at(-1)
      if (open.includes('title') ? name === 't' || name === 'v' : name === 'v' && isSeriesName(open))
        out.add(text)
    },
    close(name) {
      open.pop()
      if (name !== 'title' && name !== 'tx') return
      if (name === 'tx' && !open.includes('ser')) return
      const text = out.take().trim().replace(/\s+/g, ' ')
      if (text) (name === 'title' ? titles : series).push(text)
    },
  })
  const named = [...new Set(series)].join(', ')
  const line = [titles.join(', '), named && `Series: ${named}`].filter(Boolean).join('. ')
  return line && `Chart: ${line}\n`
}

const isSeriesName = (open: string[]) => open.includes('ser') && open.includes('tx')
