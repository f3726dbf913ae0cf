import { AsWritten } from './AsWritten.tsx'
import type { MarkdownProps } from './markdown-props.ts'
import classes from './Markdown.module.css'
import { codeOf } from './markdown-blocks.ts'

/** A piece of Markdown that is not read yet. Code takes the place at once that it has when it is. */
export function PlainBlock({ children, annotation }: Pick<MarkdownProps, 'children' | 'annotation'>) {
  const code = codeOf(children)
  if (code === undefined) return <AsWritten annotation={annotation}>{children}</AsWritten>
  return (
    <div className={classes.code}>
      <pre>{code}</pre>
    </div>
  )
}
