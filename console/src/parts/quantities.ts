const whole = new Intl.NumberFormat('en-US')

/** Tokens, messages, files: `1,817`. */
export const count = (value: number): string => whole.format(value)

/** `4.2 kB`, `13 MB`. */
export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`
  const power = Math.min(4, Math.floor(Math.log10(value) / 3))
  const scaled = value / 1_000 ** power
  return `${scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`
}

/** A duration in seconds: `4 ms`, `1.9 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const rounded = Math.round(seconds)
  if (rounded < 3_600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`
  return `${Math.floor(rounded / 3_600)} h ${Math.floor((rounded % 3_600) / 60)} min`
}

/** Dollars with as many digits as mean something: `$12.40`, `$0.0012`. */
export function money(value: number): string {
  if (value === 0) return '$0'
  const digits = value >= 1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(value)))
  return `$${value.toFixed(Math.max(2, digits))}`
}
