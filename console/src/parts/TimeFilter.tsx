import { useState } from 'react'
import { ChoiceFilter } from './ChoiceFilter.tsx'
import { useFilter } from './use-filter.ts'

const spans = {
  '1h': { label: 'Last hour', seconds: 3_600 },
  '24h': { label: 'Last 24 hours', seconds: 86_400 },
  '7d': { label: 'Last 7 days', seconds: 7 * 86_400 },
  '30d': { label: 'Last 30 days', seconds: 30 * 86_400 },
}

const choices = Object.entries(spans).map(([value, { label }]) => ({ value, label }))

export const TimeFilter = () => <ChoiceFilter filter="since" label="Any time" data={choices} w={140} />

/** The beginning of the chosen time in Unix seconds, as the lists of the API take it. */
export function useSince(): { 'created_at[gte]'?: number } {
  const [since] = useFilter('since')
  // The time of the page, because a list whose filter moves would be another one at each look.
  const [now] = useState(() => Math.floor(Date.now() / 1_000))
  const span = spans[(since ?? '') as keyof typeof spans]
  return span ? { 'created_at[gte]': now - span.seconds } : {}
}
