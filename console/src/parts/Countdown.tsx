import { Text } from '@mantine/core'
import { useInterval } from '@mantine/hooks'
import { useState } from 'react'

/** How long until a time in Unix seconds. `what` happens then: `The run expires`. */
export function Countdown({ to, what }: { to: number; what: string }) {
  const [now, setNow] = useState(() => Date.now() / 1_000)
  useInterval(() => setNow(Date.now() / 1_000), 1_000, { autoInvoke: true })
  const left = Math.max(0, Math.ceil(to - now))
  const seconds = String(left % 60).padStart(2, '0')
  return (
    <Text fz="xs" c={left < 60 ? 'var(--state-failed)' : 'dimmed'} role="timer" aria-live="off">
      {left === 0 ? `${what} now` : `${what} in ${Math.floor(left / 60)}:${seconds}`}
    </Text>
  )
}
