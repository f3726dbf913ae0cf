const hidden = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'object'])

/** Tags that need no closing tag. Their depth cannot be counted, but they are not nested deeply. */
const unclosed = new Set(
  (
    'area base body br col colgroup dd dt embed head hr html img input li link meta option optgroup p param rp rt ' +
    'source tbody td tfoot th thead tr track wbr !doctype ?xml'
  ).split(' '),
)

const blocks =
  /^(address|article|blockquote|br|center|dd|div|dl|dt|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|table|title|tr|ul)$/

export interface VisibleHtml {
  /** The HTML without comments and elements that are never shown. */
  html: string
  /** The maximum number of elements that are open at the same time. */
  depth: number
  /** The text without tags, with a line for each block. It is used when the HTML is too deep for a parser. */
  text: () => string
}

/**
 * Makes one pass that never goes back, because the page is untrusted and a search for the end of each tag could take
 * quadratic time.
 */
export function visibleHtml(source: string): VisibleHtml {
  const lower = source.toLowerCase()
  const pieces: string[] = []
  let depth = 0
  let deepest = 0
  let from = 0
  const drop = (start: number, end: number) => {
    pieces.push(source.slice(from, start), ' ')
    from = end
  }
  const endOf = (mark: string, at: number) => {
    const end = lower.indexOf(mark, at)
    return end < 0 ? source.length : end + mark.length
  }
  for (let at = lower.indexOf('<'); at >= 0; at = lower.indexOf('<', at)) {
    if (lower.startsWith('<!--', at)) {
      const end = endOf('-->', at)
      drop(at, end)
      at = end
      continue
    }
    const name = nameAt(lower, lower[at + 1] === '/' ? at + 2 : at + 1)
    if (!name) {
      at += 1
      continue
    }
    const close = endOf('>', at)
    if (lower[at + 1] === '/') {
      if (!unclosed.has(name)) depth = Math.max(0, depth - 1)
      at = close
    } else if (hidden.has(name) && lower[close - 2] !== '/') {
      const end = endOf('>', endOf(`</${name}`, close) - 1)
      drop(at, end)
      at = end
    } else {
      if (!unclosed.has(name) && lower[close - 2] !== '/') deepest = Math.max(deepest, ++depth)
      at = close
    }
  }
  pieces.push(source.slice(from))
  const html = pieces.join('')
  return { html, depth: deepest, text: () => withoutTags(html) }
}

const nameAt = (lower: string, at: number) => /^[a-z!?][a-z0-9:-]*/.exec(lower.slice(at, at + 24))?.[0] ?? ''

function withoutTags(html: string): string {
  const pieces: string[] = []
  let from = 0
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', from)) {
    pieces.push(html.slice(from, at))
    const end = html.indexOf('>', at)
    from = end < 0 ? html.length : end + 1
    if (blocks.test(nameAt(html.slice(at, at + 26).toLowerCase(), html[at + 1] === '/' ? 2 : 1)))
      pieces.push('\n')
  }
  pieces.push(html.slice(from))
  return pieces
    .join('')
    .replace(/&(amp|lt|gt|quot|nbsp|#\d{1,7});/g, (_, name: string) => entity(name))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
}

const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['nbsp', ' '],
])

function entity(name: string): string {
  const code = Number(name.slice(1))
  return named.get(name) ?? (code <= 0x10ffff ? String.fromCodePoint(code) : '')
}
