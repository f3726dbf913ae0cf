import type { ReactNode } from 'react'
import classes from './Notice.module.css'

interface Props {
  tone: 'failed' | 'asking' | 'waiting'
  title: string
  children: ReactNode
}

/** Something about a state that whoever reads the page should not miss. */
export const Notice = ({ tone, title, children }: Props) => (
  <section className={classes.notice} style={{ borderColor: `var(--state-${tone})` }} aria-label={title}>
    <strong style={{ color: `var(--state-${tone})` }}>{title}</strong>
    <div>{children}</div>
  </section>
)
