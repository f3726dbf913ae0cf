/** Resolves a name with a table of patterns, in which `*` stands for any text. The most specific pattern wins. */
export function followAlias(aliases: Record<string, string>, name: string): string | undefined {
  // `Object.hasOwn`, because the name comes from a request, and `constructor` is not an alias.
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const [best] = Object.keys(aliases)
    .filter((pattern) => pattern.includes('*') && fits(pattern, name))
    .sort((a, b) => literal(b) - literal(a))
  return best === undefined ? undefined : aliases[best]
}

const literal = (pattern: string) => pattern.replaceAll('*', '').length

/** Compares part by part instead of with a regular expression, because pattern and name both come from outside. */
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
