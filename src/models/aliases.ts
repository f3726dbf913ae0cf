/** Where a name leads by a table of patterns, in which `*` stands for anything; the most specific pattern counts. */
export function followAlias(aliases: Record<string, string>, name: string): string | undefined {
  // Object.hasOwn: the name comes from a request, and `constructor` is no alias.
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const [best] = Object.keys(aliases)
    .filter((pattern) => pattern.includes('*') && fits(pattern, name))
    .sort((a, b) => literal(b) - literal(a))
  return best === undefined ? undefined : aliases[best]
}

const literal = (pattern: string) => pattern.replaceAll('*', '').length

/** By parts rather than by a regular expression: both sides come from outside. */
function fits(pattern: string, name: string): boolean {
  const parts = pattern.split('*')
  const first = parts.shift() ?? ''
  const last = parts.pop() ?? ''
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false
  let at = first.length
  const end = name.length - last.length
  for (const part of parts) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
