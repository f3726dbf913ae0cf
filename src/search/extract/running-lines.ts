const edge = 3
/** Of fewer pages it cannot be told what repeats. */
const minPages = 4
const share = 0.6
/** How often a header may stand on one page: what is all over the pages is their content. */
const perPage = 1.5

/**
 * Takes headers and footers out of pages: lines among the first and last three that stand on more than 60% of the pages
 * of one document, page numbers aside. They would be in every chunk and say nothing about it. Each stays on the first
 * page that has it: often it is all that names the document.
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
  for (const [key, times] of timesOf(running, pages)) {
    if (times > (seen.get(key) ?? 0) * perPage) running.delete(key)
  }
  if (running.size === 0) return pages

  const said = new Set<string>()
  return pages.map((page) => {
    const lines = page.split('\n')
    const found = edges(lines).filter(([, line]) => running.has(keyOf(line)))
    const dropped = new Set(found.filter(([, line]) => said.has(keyOf(line))).map(([at]) => at))
    for (const [, line] of found) said.add(keyOf(line))
    const left = lines.filter((_, at) => !dropped.has(at)).join('\n')
    // A page of nothing but running lines is what the author wrote.
    return left.trim() ? left : page
  })
}

const keyOf = (line: string) => line.trim().replace(/\s+/g, ' ').replace(/\d+/g, '#').slice(0, 200)

/** How often each of these lines stands anywhere. */
function timesOf(keys: Set<string>, pages: string[]): Map<string, number> {
  const times = new Map<string, number>()
  if (keys.size === 0) return times
  for (const page of pages) {
    for (const line of page.split('\n')) {
      const key = keyOf(line)
      if (keys.has(key)) times.set(key, (times.get(key) ?? 0) + 1)
    }
  }
  return times
}

/** Of the lines with text, the first and the last three, with their places. */
function edges(lines: string[]): [number, string][] {
  const filled = lines.flatMap((line, at): [number, string][] => (line.trim() ? [[at, line]] : []))
  return filled.length <= edge * 2 ? filled : [...filled.slice(0, edge), ...filled.slice(-edge)]
}
