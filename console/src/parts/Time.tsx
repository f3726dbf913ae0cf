import { Tooltip } from '@mantine/core'
import { useSyncExternalStore } from 'react'

/** A time in Unix seconds, relative to now. The exact one is shown when pointed at. */
export function Time({ at }: { at: number }) {
  const now = useSyncExternalStore(everyFewSeconds, roundedNow)
  const date = new Date(at * 1_000)
  return (
    <Tooltip label={exact.format(date)}>
      <time dateTime={date.toISOString()}>{relative(at, now)}</time>
    </Tooltip>
  )
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

const stepSeconds = 5
const roundedNow = () => Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds

function everyFewSeconds(change: () => void): () => void {
  const timer = setInterval(change, stepSeconds * 1_000)
  return () => clearInterval(timer)
}

function relative(at: number, now: number): string {
  const seconds = now - at
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`
  return day.format(at * 1_000)
}
