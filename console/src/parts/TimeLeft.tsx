import { useSyncExternalStore } from 'react'
import { duration } from './quantities.ts'

/** How long it is until a time in Unix seconds, counted down. */
export function TimeLeft({ until }: { until: number }) {
  const seconds = useSyncExternalStore(everySecond, () => Math.max(0, Math.ceil(until - Date.now() / 1_000)))
  const date = new Date(until * 1_000)
  return (
    <time
      dateTime={date.toISOString()}
      title={date.toLocaleString()}
      style={{ fontVariantNumeric: 'tabular-nums' }}
    >
      {seconds < 60 ? `${seconds} s` : duration(seconds)}
    </time>
  )
}

function everySecond(change: () => void): () => void {
  const timer = setInterval(change, 1_000)
  return () => clearInterval(timer)
}
