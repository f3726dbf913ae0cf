import type { ExtractedPart } from './extracted.ts'

/**
 * Cuts Markdown at its headings, so that every part knows the path of headings above it. Joined, the parts are the text
 * again. Lines inside a fence are no headings.
 */
export function* sections(markdown: string, page?: number): Generator<ExtractedPart> {
  const path: { level: number; title: string }[] = []
  const part = (text: string): ExtractedPart => ({
    text,
    ...(page === undefined ? {} : { page }),
    ...(path.length > 0 ? { heading: path.map((heading) => heading.title).join(' > ') } : {}),
  })
  const line = /^(?:[ \t]*(```|~~~)|(#{1,6})[ \t]+([^\n]*)).*$/gm
  let fence: string | undefined
  let start = 0
  for (const match of markdown.matchAll(line)) {
    const [, mark, signs, title] = match
    if (mark) {
      fence = fence === undefined ? mark : fence === mark ? undefined : fence
      continue
    }
    if (!signs || fence !== undefined) continue
    const before = markdown.slice(start, match.index)
    if (before.trim()) yield part(before)
    // A heading with nothing under it is said again by the path of the next one; its line stays in the text.
    start = before.trim() ? match.index : start
    while ((path.at(-1)?.level ?? 0) >= signs.length) path.pop()
    path.push({ level: signs.length, title: plainTitle(title ?? '') })
  }
  const rest = markdown.slice(start)
  if (rest.trim()) yield part(rest)
}

const plainTitle = (title: string) =>
  title
    .slice(0, 500)
    .replace(/[ \t]+#+[ \t]*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(?<!\w)([*_`]{1,3})(\S|\S.*?\S)\1(?!\w)/g, '$2')
    .trim()
    .slice(0, 200)
