import type { Sources } from './annotate.ts'

const pathStart = 'sandbox:/mnt/data/'
/** In UTF-16 units, of a name as it is written: it may be percent-encoded. */
const longest = 640

/** Ends of a link's address, with or without `<…>`, and before its title. */
const endOfLink = /^(?:\)|>|\s+["'])/
/** What may stand after a path in running text. A full stop is its end only where no extension follows. */
const endInText = /^(?:$|\.?(?:$|[\s()[\]<>{}"'`*|\\,;:!?…]|[^\p{ASCII}\p{L}\p{N}]))/u
/** Scripts without spaces between words. */
const unspaced = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

/**
 * Finds the paths of files in a text. A name may hold blanks, brackets and every other sign, and models write it as it is,
 * percent-encoded or with backslashes: so no pattern can say where a path ends, and the longest text that names a file is
 * taken.
 */
export function fileLinks({ fileAt, beginsFile }: Pick<Sources, 'fileAt' | 'beginsFile'>) {
  const fileOf = (written: string) => readings(written).map(fileAt).find(Boolean)

  /** The path that begins at `start`, and its file. `before` is the text in front of it. */
  function at(text: string, start: number, before: string): { length: number; fileId: string } | undefined {
    const [line = ''] = text.slice(start, start + longest).split('\n', 1)
    const another = line.indexOf(pathStart, 1)
    const rest = another < 0 ? line : line.slice(0, another)
    const inLink = /\]\(<?$|<$/.test(before)
    for (let end = rest.length; end > pathStart.length; end--) {
      const after = text.slice(start + end, start + end + 8)
      const ends = inLink ? endOfLink.test(after) : endsInText(rest.slice(0, end), after)
      const fileId = ends ? fileOf(rest.slice('sandbox:'.length, end)) : undefined
      if (fileId !== undefined) return { length: end, fileId }
    }
    return undefined
  }

  /** How many UTF-16 units at the end of a text may be the beginning of a path, or go on being one. */
  function unfinished(text: string): number {
    const start = text.lastIndexOf(pathStart)
    const rest = start < 0 ? '' : text.slice(start)
    if (rest && rest.length <= longest && !rest.includes('\n') && goesOn(rest.slice('sandbox:'.length)))
      return rest.length
    // Half of a character outside the basic plane: its other half is still to come.
    if (/[\ud800-\udbff]$/.test(text)) return 1
    for (let size = Math.min(pathStart.length - 1, text.length); size > 0; size--) {
      if (pathStart.startsWith(text.slice(-size))) return size
    }
    return 0
  }

  /** Whether more text could make another path of it. What stands after a name, in a sentence or a link, is looked past. */
  const goesOn = (written: string) =>
    readings(written.replace(/(?:%[0-9a-f]?|\\|[\ud800-\udbff])$/i, '')).some(
      (path) => beginsFile(path) || beginsFile(path.replace(/\.$|\s{1,3}$/, '')),
    )

  return { at, unfinished }
}

/** Where paths may begin, in order. */
export function* pathStarts(text: string): Generator<number> {
  for (let at = text.indexOf(pathStart); at >= 0; at = text.indexOf(pathStart, at + 1)) yield at
}

const endsInText = (path: string, after: string) =>
  endInText.test(after) || (unspaced.test(after) && /[\p{ASCII}]$/u.test(path))

/** What a path may stand for, the most literal reading first. */
function readings(written: string): string[] {
  const unescaped = written.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
  const all = [written, decoded(written), unescaped, decoded(unescaped)]
  return [...new Set(all.map((path) => path.normalize('NFC')))]
}

/** Without the escapes that are none: a name may hold a percent sign. A character that is not whole yet is left out. */
const decoded = (path: string) =>
  path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const text = Buffer.from(escapes.replaceAll('%', ''), 'hex')
      .toString('utf8')
      .replace(/\ufffd+$/, '')
    return text.includes('\ufffd') ? escapes : text
  })
