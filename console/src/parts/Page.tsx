import { Group, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import classes from './Page.module.css'

interface Props {
  title: string
  /** What leads back, above the title: links. */
  trail?: ReactNode
  /** Beside the title. */
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** Characters that turn the direction of what comes after them. The title of a document has no other means against it. */
const directions = /[\u202A-\u202E\u2066-\u2069]/g

/** A page of a room: its title, what one can do there, and the content below. */
export function Page({ title, trail, about, actions, children }: Props) {
  useDocumentTitle(`${title.replaceAll(directions, '')} · Threadmill`)
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        {trail && <div className={classes.trail}>{trail}</div>}
        <Group justify="space-between" gap="sm" mih={30}>
          <Group gap="sm" className={classes.name}>
            <Title order={1} className={classes.title} lineClamp={2} title={title}>
              {title}
            </Title>
            {about}
          </Group>
          {actions && <Group gap="sm">{actions}</Group>}
        </Group>
      </header>
      {children}
    </div>
  )
}
