import { useSyncExternalStore } from 'react'

/** A time in Unix seconds, relative to now. The exact one is shown when pointed at. It is drawn again when its words change. */
export function Time({ at }: { at: number }) {
  const words = useSyncExternalStore(everyFewSeconds, () => relative(at, roundedNow()))
  const date = new Date(at * 1_000)
  return (
    <time dateTime={date.toISOString()} title={exact.format(date)}>
      {words}
    </time>
  )
}

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })

const stepSeconds = 5
const roundedNow = () => Math.floor(Date.now() / 1_000 / stepSeconds) * stepSeconds

/** One timer for all times of a page. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function everyFewSeconds(change: () => void): () => void {
  listeners.add(change)
  timer ??= setInterval(() => listeners.forEach((listener) => listener()), stepSeconds * 1_000)
  return () => {
    listeners.delete(change)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
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
