import { ChevronRightIcon } from '@radix-ui/react-icons'
import { useState, type ReactNode } from 'react'
import classes from './Fold.module.css'

interface Props {
  /** What is always there. */
  summary: ReactNode
  /** At the right of the summary. */
  aside?: ReactNode
  opened?: boolean
  children: ReactNode
}

/** A line that opens. What is inside is not in the page before. */
export function Fold({ summary, aside, opened: openedFirst = false, children }: Props) {
  const [opened, setOpened] = useState(openedFirst)
  return (
    <details
      className={classes.fold}
      open={opened}
      onToggle={({ currentTarget }) => setOpened(currentTarget.open)}
    >
      <summary className={classes.summary}>
        <ChevronRightIcon aria-hidden className={classes.mark} />
        <span className={classes.words}>{summary}</span>
        {aside !== undefined && <span className={classes.aside}>{aside}</span>}
      </summary>
      {opened && <div className={classes.content}>{children}</div>}
    </details>
  )
}
