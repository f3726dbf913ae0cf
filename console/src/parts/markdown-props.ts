import type { ReactNode } from 'react'

export interface MarkdownProps {
  children: string
  /** What stands in the place of a link to `#annotation-N`: see `textWithAnnotations`. */
  annotation?: ((index: number, words: ReactNode) => ReactNode) | undefined
  /** For what is in the page only while it is in sight: it does not wait to come near. */
  atOnce?: boolean
}
