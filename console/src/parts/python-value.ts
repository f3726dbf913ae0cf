/** A value of JSON as Python writes it. `depth` is how far the line that it begins in is indented, in steps of four. */
export function pythonValue(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = '    '.repeat(depth + 1)
  const entries = Array.isArray(value)
    ? value.map((one) => `${inner}${pythonValue(one, depth + 1)},`)
    : Object.entries(value).map(
        ([key, one]) => `${inner}${JSON.stringify(key)}: ${pythonValue(one, depth + 1)},`,
      )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return entries.length === 0
    ? `${open}${close}`
    : `${open}\n${entries.join('\n')}\n${'    '.repeat(depth)}${close}`
}
