const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const hourFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** The beginning of a bucket, in UTC as the API counts. */
export const timeInWords = (seconds: number, width: '1h' | '1d'): string =>
  (width === '1h' ? hourFormat : dayFormat).format(seconds * 1_000)
