import { Loader, VisuallyHidden } from '@mantine/core'

/** Turns while something is on its way, and says what to those who do not see it. */
export const Working = ({ says, className }: { says: string; className?: string | undefined }) => (
  <span className={className}>
    <Loader size={14} aria-hidden />
    <VisuallyHidden>{says}</VisuallyHidden>
  </span>
)
