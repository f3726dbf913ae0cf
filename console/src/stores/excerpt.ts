/** About how many characters of a passage are shown before the first word that was asked for. */
const before = 120

/** The words of a query that are worth marking. */
export const wordsOf = (query: string): string[] =>
  [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]+/gu))].filter((word) => word.length > 3)

/** A passage from shortly before the first word that was asked for: what was found should be in sight. */
export function excerptOf(text: string, words: string[]): string {
  const lower = text.toLowerCase()
  const first = Math.min(...words.map((word) => lower.indexOf(word)).filter((at) => at !== -1))
  if (!Number.isFinite(first) || first <= before * 2) return text
  const blank = text.indexOf(' ', first - before)
  return `…${text.slice(blank === -1 ? first : blank)}`
}
