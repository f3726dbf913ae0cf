import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** A link to a page that a model has named. Any other address than that of a page is text. */
export function SafeLink({ to, label, children }: { to: string; label?: string; children?: ReactNode }) {
  const words = children ?? (to.length > longest ? `${to.slice(0, longest)}…` : to)
  if (!/^https?:\/\//i.test(to))
    return (
      <Text span fz="sm">
        {words}
      </Text>
    )
  return (
    <Anchor href={to} target="_blank" rel="noopener noreferrer" fz="sm" aria-label={label} title={to}>
      {words}
    </Anchor>
  )
}

/** In characters. */
const longest = 120
