/** The text between code fences, where it begins with one; otherwise the text as it is. */
export function withoutFence(text: string): string {
  const bare = text.trim()
  const inline = /^`+(?:(?:python|py)\s)?([^`\n]+)`+$/.exec(bare)
  if (inline) return inline[1] ?? ''
  const fence = /^(`{3,9}|~{3,9})[^\n]*\n/.exec(bare)
  if (!fence) return text
  const inside = bare.slice(fence[0].length)
  const closing = new RegExp(`(^|\\n)${fence[1]}[ \\t]*(?=\\n|$)`, 'g')
  const ends = [...inside.matchAll(closing)]
  // Nothing after the last fence: a fence before it belongs to the text.
  const last = ends.at(-1)
  const end = last && inside.slice(last.index + last[0].length).trim() === '' ? last : ends[0]
  return end ? inside.slice(0, end.index) : inside
}
