import type { ExtractedPart } from './extracted.ts'

/**
 * Splits Markdown at its headings, so that every part knows the path of headings above it. The joined parts are the
 * original text. Lines inside a code fence are not headings.
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
    // A heading without text below it is also in the path of the next heading. Its line becomes part of the next text.
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
