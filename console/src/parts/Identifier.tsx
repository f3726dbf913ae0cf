import { CopyButton, UnstyledButton, VisuallyHidden } from '@mantine/core'
import classes from './Identifier.module.css'

/** An id, shortened in the middle. It is whole when pointed at (by its title: lists have hundreds), and copied with one click. */
export function Identifier({ id }: { id: string }) {
  return (
    <CopyButton value={id} timeout={1_200}>
      {({ copied, copy }) => (
        <UnstyledButton
          className={classes.id}
          title={`${id} · click to copy`}
          onClick={(event) => {
            event.stopPropagation()
            copy()
          }}
        >
          <VisuallyHidden>Copy {id}</VisuallyHidden>
          <span aria-hidden>{copied ? 'Copied' : shorten(id)}</span>
        </UnstyledButton>
      )}
    </CopyButton>
  )
}

/** `thread_abcdefghijklmnop` becomes `thread_abcd…mnop`. */
export function shorten(id: string): string {
  const [, prefix = '', rest = ''] = /^([a-z]+[_-])?(.*)$/s.exec(id) ?? []
  return rest.length <= 12 ? id : `${prefix}${rest.slice(0, 4)}…${rest.slice(-4)}`
}
