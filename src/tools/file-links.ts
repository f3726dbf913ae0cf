import type { Sources } from './sources.ts'

const scheme = 'sandbox:/'
const starts = ['sandbox:/mnt/data/', 'sandbox://mnt/data/', 'sandbox:///mnt/data/']
const longestStart = 'sandbox:///mnt/data'.length
const pathStart = /sandbox:\/{1,3}mnt\/data\//g
/**
 * The longest path as it is written. Each character may be an escape or three of them. The path ends at the end of the
 * line.
 */
const longest = /^(?:(?:%[0-9a-f]{2}){1,3}|&#?\w{1,6};|.){0,640}/i

/**
 * The end of a link's address, with or without `<…>`, and before its title. A fragment, a query and white space may
 * come before it and are not part of the path.
 */
const endOfLink = /^(?:[?#][^\s()<>]{0,200})?(?:\s{0,3}(?:\)|>)|\s+["'])/
/** The beginning of such an end. */
const startOfEnd = /(?:[?#][^\s()<>]{0,200})?\s{0,3}$/
/** What may follow a path in running text. A full stop ends it only when no file extension follows. */
const endInText = /^(?:$|\.?(?:$|[\s()[\]<>{}"'`*|\\,;:!?#…]|[^\p{ASCII}\p{L}\p{M}\p{N}]))/u
/** Scripts that write words without spaces. */
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

/**
 * Finds the paths of files in a text. A file name may contain spaces, brackets and any other character, and models
 * write it as it is, percent-encoded or with backslashes. So no pattern can tell where a path ends, and the longest
 * text that names a file is taken.
 */
export function fileLinks({
  fileAt = () => undefined,
  beginsFile = () => false,
}: Pick<Sources, 'fileAt' | 'beginsFile'>) {
  function fileOf(written: string): { fileId: string; path: string } | undefined {
    for (const path of readings(written)) {
      const fileId = fileAt(path)
      if (fileId !== undefined) return { fileId, path }
    }
    return undefined
  }

  /** The path that begins at `start`, as it is meant, and its file. `before` is the text before it. */
  function at(
    text: string,
    start: number,
    before: string,
  ): { length: number; fileId: string; path: string } | undefined {
    const [line = ''] = longest.exec(text.slice(start)) ?? []
    const [first = 0, another] = pathStarts(line)
    const rest = line.slice(first, another)
    const base = line.indexOf('/')
    const inLink = /\]\(<?$|<$/.test(before)
    for (let end = rest.length; end > 0; end--) {
      const after = text.slice(start + end, start + end + 256)
      const ends = inLink ? endOfLink.test(after) : endsInText(rest.slice(0, end), after)
      const file = ends ? fileOf(rest.slice(base, end)) : undefined
      if (file) return { length: end, ...file }
    }
    return undefined
  }

  /** How many UTF-16 units at the end of a text may be the beginning of a path, or a path that continues. */
  function unfinished(text: string): number {
    const start = pathStarts(text).at(-1)
    const rest = start === undefined ? '' : text.slice(start)
    if (rest && longest.exec(rest)?.[0] === rest && goesOn(rest.slice(rest.indexOf('/')))) return rest.length
    // The first half of a surrogate pair, whose other half has not arrived.
    if (isFirstHalf(text.charCodeAt(text.length - 1))) return 1
    const from = Math.max(0, text.length - longestStart)
    for (let at = text.indexOf('s', from); at >= 0; at = text.indexOf('s', at + 1)) {
      const end = text.slice(at)
      if (starts.some((path) => path.startsWith(end))) return end.length
    }
    return 0
  }

  /**
   * True when more text could lead to another file. Characters that follow a name in a sentence or in a link are
   * ignored.
   */
  const goesOn = (written: string) =>
    readings(written.replace(/(?:%[0-9a-f]?|\\|&#?\w{0,6}|[\ud800-\udbff])$/i, '')).some((path) =>
      [path, path.replace(/\.$/, ''), path.replace(startOfEnd, '')].some(beginsFile),
    )

  return { at, unfinished }
}

/** The positions where paths may begin, in order. */
export const pathStarts = (text: string): number[] =>
  // Nearly all pieces of an answer contain no path, so this saves the search.
  text.includes(scheme) ? Array.from(text.matchAll(pathStart), ({ index }) => index) : []

const isFirstHalf = (unit: number) => unit >= 0xd800 && unit <= 0xdbff

const endsInText = (path: string, after: string) =>
  endInText.test(after) || (unspaced.test(after) && /[\p{ASCII}]$/u.test(path))

/** What a written path may mean, the most literal reading first. */
function readings(written: string): string[] {
  const unescaped = written.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
  const all = [written, decoded(written), unescaped, decoded(unescaped)]
  return [...new Set([...all, ...all.map(withoutEntities)])]
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** Replaces HTML entities, which models write in links. */
const withoutEntities = (path: string) =>
  path.replaceAll(/&(?:#(\d{1,6})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name: string) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex as string, 16) : undefined
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return entities[name.toLowerCase()] ?? whole
  })

/**
 * Decodes percent escapes. A percent sign that is no escape stays, because a file name may contain one. An incomplete
 * character is left out.
 */
const decoded = (path: string) =>
  path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const text = Buffer.from(escapes.replaceAll('%', ''), 'hex')
      .toString('utf8')
      .replace(/\ufffd+$/, '')
    return text.includes('\ufffd') ? escapes : text
  })
