import { numberedKeys } from './page-numbers.ts'

const edge = 3
/** With fewer pages it is not possible to recognize repetitions. */
const minPages = 4
const share = 0.6
/** How often a header may occur on the same page. A line that occurs more often in the pages is content. */
const perPage = 1.5

/**
 * Removes headers and footers: lines among the first and last three of a page that occur on more than 60% of the pages,
 * with different page numbers. They would be in every chunk without saying anything about it. Each one stays on the
 * first page that has it, because it is often the only place that names the document.
 */
export function withoutRunningLines(pages: string[]): string[] {
  const filled = pages.filter((page) => page.trim()).length
  if (filled < minPages) return pages
  const keysOf = (line: string, at: number): string[] => {
    const plain = line.normalize('NFKC').trim().replace(/\s+/g, ' ').slice(0, 200)
    return [plain, ...numberedKeys(plain, at + 1, pages.length)]
  }
  const seen = timesOf(
    pages.map((page, at) => [...new Set(edges(page.split('\n')).flatMap(([, line]) => keysOf(line, at)))]),
  )
  const running = new Set([...seen].filter(([, times]) => times > filled * share).map(([key]) => key))
  if (running.size === 0) return pages
  const runningKeys = (line: string, at: number) => keysOf(line, at).filter((key) => running.has(key))
  const anywhere = timesOf(pages.map((page, at) => page.split('\n').flatMap((line) => runningKeys(line, at))))
  for (const [key, times] of anywhere) if (times > (seen.get(key) ?? 0) * perPage) running.delete(key)

  const said = new Set<string>()
  return pages.map((page, index) => {
    const lines = page.split('\n')
    const found = edges(lines).map(([at, line]) => ({ at, keys: runningKeys(line, index) }))
    const dropped = new Set(found.filter(({ keys }) => keys.some((key) => said.has(key))).map(({ at }) => at))
    for (const { keys } of found) for (const key of keys) said.add(key)
    const left = lines.filter((_, at) => !dropped.has(at)).join('\n')
    // A page that has only running lines is not changed.
    return left.trim() ? left : page
  })
}

function timesOf(keysOfPages: string[][]): Map<string, number> {
  const times = new Map<string, number>()
  for (const keys of keysOfPages) for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1)
  return times
}

/** The first and the last three lines that have text, with their positions. */
function edges(lines: string[]): [number, string][] {
  const filled = lines.flatMap((line, at): [number, string][] => (line.trim() ? [[at, line]] : []))
  return filled.length <= edge * 2 ? filled : [...filled.slice(0, edge), ...filled.slice(-edge)]
}
