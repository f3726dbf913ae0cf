/** The current time in Unix seconds, the unit of every time on the wire. */
export const nowSeconds = () => Math.floor(Date.now() / 1000)

/** When the month of UTC in which a time lies began, and when the next one begins. All are Unix seconds. */
export function monthOf(seconds: number): { start: number; end: number } {
  const date = new Date(seconds * 1_000)
  const startOf = (month: number) => Date.UTC(date.getUTCFullYear(), month) / 1_000
  return { start: startOf(date.getUTCMonth()), end: startOf(date.getUTCMonth() + 1) }
}
