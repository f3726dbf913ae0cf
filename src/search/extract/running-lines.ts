const edge = 3
/** Of fewer pages it cannot be told what repeats. */
const minPages = 4
const share = 0.6

/**
 * Takes headers and footers out of pages: lines among the first and last three that stand on more than 60% of the pages
 * of one document, page numbers aside. They would be in every chunk and say nothing about it.
 */
export function withoutRunningLines(pages: string[]): string[] {
  const filled = pages.filter((page) => page.trim()).length
  if (filled < minPages) return pages
  const seen = new Map<string, number>()
  for (const page of pages) {
    for (const key of new Set(edges(page.split('\n')).map(([, line]) => keyOf(line)))) {
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
  }
  const running = new Set([...seen].filter(([, times]) => times > filled * share).map(([key]) => key))
  if (running.size === 0) return pages
  return pages.map((page) => {
    const lines = page.split('\n')
    const dropped = new Set(
      edges(lines)
        .filter(([, line]) => running.has(keyOf(line)))
        .map(([at]) => at),
    )
    const left = lines.filter((_, at) => !dropped.has(at)).join('\n')
    // A page of nothing but running lines is what the author wrote.
    return left.trim() ? left : page
  })
}

const keyOf = (line: string) => line.trim().replace(/\s+/g, ' ').replace(/\d+/g, '#').slice(0, 200)

/** Of the lines with text, the first and the last three, with their places. */
function edges(lines: string[]): [number, string][] {
  const filled: [number, string][] = []
  for (let at = 0; at < lines.length && filled.length < edge; at++) {
    const line = lines[at] ?? ''
    if (line.trim()) filled.push([at, line])
  }
  const top = filled.at(-1)?.[0] ?? -1
  for (let at = lines.length - 1, found = 0; at > top && found < edge; at--) {
    const line = lines[at] ?? ''
    if (line.trim() && ++found > 0) filled.push([at, line])
  }
  return filled
}
