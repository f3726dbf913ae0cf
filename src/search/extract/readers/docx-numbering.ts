import { parseWholeXml } from '../xml.ts'

export interface Numbering {
  /**
   * The label of the next paragraph of a list with a space after it, such as `2.1 `, `(c) ` or `- `. Empty when it has
   * none.
   */
  next(list: string, level: number): string
}

interface Level {
  start: number
  format: string
  text: string
}

const levels = 9
const roman: [number, string][] = [
  [1000, 'm'],
  [900, 'cm'],
  [500, 'd'],
  [400, 'cd'],
  [100, 'c'],
  [90, 'xc'],
  [50, 'l'],
  [40, 'xl'],
  [10, 'x'],
  [9, 'ix'],
  [5, 'v'],
  [4, 'iv'],
  [1, 'i'],
]

/**
 * Reads the definitions of lists. The numbers of lists and headings are not in a Word document, so readers must count
 * them.
 */
export async function readNumbering(source: AsyncIterable<Uint8Array>): Promise<Numbering> {
  const abstracts = new Map<string, Level[]>()
  const lists = new Map<string, string>()
  let abstract: Level[] | undefined
  let level: Level | undefined
  let list: string | undefined
  await parseWholeXml(source, {
    open(name, attributes) {
      const value = attributes.get('val')
      if (name === 'abstractNum') abstracts.set(attributes.get('abstractNumId') ?? '', (abstract = []))
      else if (name === 'num') list = attributes.get('numId')
      else if (name === 'abstractNumId' && list !== undefined) lists.set(list, value ?? '')
      else if (name === 'lvl' && abstract) {
        level = { start: 1, format: 'decimal', text: '' }
        const at = Number(attributes.get('ilvl') ?? 0)
        if (at >= 0 && at < levels) abstract[at] = level
      } else if (!level || value === undefined) return
      else if (name === 'start') level.start = Number(value)
      else if (name === 'numFmt') level.format = value
      else if (name === 'lvlText') level.text = value
    },
    close(name) {
      if (name === 'lvl') level = undefined
      if (name === 'abstractNum') abstract = undefined
      if (name === 'num') list = undefined
    },
  })

  const counters = new Map<string, number[]>()
  return {
    next(id, at) {
      const key = lists.get(id) ?? ''
      const definition = abstracts.get(key)
      const own = definition?.[at]
      if (!definition || !own || own.format === 'none') return ''
      if (own.format === 'bullet') return '- '
      const counts = counters.get(key) ?? []
      counters.set(key, counts)
      counts.length = Math.min(counts.length, at + 1)
      for (let above = 0; above < at; above++) counts[above] ??= definition[above]?.start ?? 1
      counts[at] = counts[at] === undefined ? own.start : counts[at] + 1
      const label = own.text.replace(/%([1-9])/g, (_, digit: string) => {
        const index = Number(digit) - 1
        return written(counts[index] ?? 1, definition[index]?.format ?? 'decimal')
      })
      return label ? `${label} ` : ''
    },
  }
}

function written(count: number, format: string): string {
  if (count < 1 || count > 3999) return String(count)
  const letters = () => String.fromCharCode(97 + ((count - 1) % 26)).repeat(Math.floor((count - 1) / 26) + 1)
  if (format === 'lowerLetter') return letters()
  if (format === 'upperLetter') return letters().toUpperCase()
  if (format === 'lowerRoman') return romanOf(count)
  if (format === 'upperRoman') return romanOf(count).toUpperCase()
  return format === 'decimalZero' && count < 10 ? `0${count}` : String(count)
}

function romanOf(count: number): string {
  let left = count
  let text = ''
  for (const [value, sign] of roman) {
    for (; left >= value; left -= value) text += sign
  }
  return text
}
