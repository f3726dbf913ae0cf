import { parseWholeXml } from '../xml.ts'
import type { Zip } from '../zip.ts'

/**
 * For each cell style, whether it shows a number as a date or a time. In the file, dates are numbers that only differ
 * by style.
 */
export async function readDateStyles(zip: Zip, part: string): Promise<boolean[]> {
  const custom = new Map<number, boolean>()
  const styles: boolean[] = []
  let inCells = false
  await parseWholeXml(zip.read(part), {
    open(name, attributes) {
      if (name === 'cellXfs') inCells = true
      else if (name === 'numFmt') {
        custom.set(Number(attributes.get('numFmtId')), isDate(attributes.get('formatCode') ?? ''))
      } else if (name === 'xf' && inCells) {
        const id = Number(attributes.get('numFmtId') ?? 0)
        styles.push(custom.get(id) ?? builtIn(id))
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}

const builtIn = (id: number) => (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47)

/** Whether a format has letters for dates outside of quotes, brackets and escapes. */
const isDate = (format: string) => /[dmyhs]/i.test(format.replace(/"[^"]*"|\[[^\]]*\]|\\.|_./g, ''))

const day = 86_400_000

/** Writes a date as `2024-03-01`, a date with a time as `2024-03-01 14:30`, and a time without a date as `14:30`. */
export function dateText(value: string, from1904: boolean): string {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < 0 || number > 2_958_466) return value
  // Dates from 1900 are counted as if there had been a 29 February 1900.
  const epoch = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, number < 60 ? 31 : 30)
  const iso = new Date(epoch + Math.round((number * day) / 1000) * 1000).toISOString()
  const [date, time] = [iso.slice(0, 10), iso.slice(11, iso.slice(17, 19) === '00' ? 16 : 19)]
  if (number < 1) return time
  return time === '00:00' ? date : `${date} ${time}`
}
