const quoted = (values: readonly string[]) => values.map((value) => `'${value}'`)

/** `'a'`, `'a' and 'b'`, or `'a', 'b', and 'c'`, in the order of the wire's text. */
export const allOf = (values: readonly string[]): string => joined(quoted(values), 'and')

/** `'a'`, `'a' or 'b'`, or `'a', 'b', or 'c'`. Long values are shortened, as the original did where a type is wrong. */
export const oneOf = (values: readonly string[]): string => joined(quoted(values.map(shortened)), 'or')

function joined(values: readonly string[], word: 'and' | 'or'): string {
  if (values.length <= 2) return values.join(` ${word} `)
  return `${values.slice(0, -1).join(', ')}, ${word} ${values.at(-1)}`
}

/** In characters. Values of 12 were recorded whole, and values of 20 shortened. */
const maxShown = 12

const shortened = (value: string) =>
  value.length <= maxShown ? value : `${value.slice(0, 3)}...${value.slice(-3)}`
