import { memo, useMemo } from 'react'
import { lazily } from './lazily.tsx'
import classes from './Markdown.module.css'
import { markdownBlocks } from './markdown-blocks.ts'
import type { MarkdownProps } from './markdown-props.ts'
import { PlainBlock } from './PlainBlock.tsx'

const Block = memo(
  lazily<MarkdownProps>(
    async () => (await import('./MarkdownBlock.tsx')).MarkdownBlock,
    ({ children }) => (
      <div className={classes.plain}>
        <PlainBlock>{children}</PlainBlock>
      </div>
    ),
  ),
)

/**
 * Text that a model or a person has written. It is read as Markdown without HTML, loads no picture, and is there as plain
 * text until what reads it has loaded. A long text is read piece by piece, and those out of sight are not laid out.
 */
export function Markdown({ children, annotation, atOnce = false }: MarkdownProps) {
  const blocks = useMemo(() => markdownBlocks(children), [children])
  return (
    <div className={classes.markdown}>
      {blocks.map((block, index) => (
        <Block key={index} annotation={annotation} atOnce={atOnce}>
          {block}
        </Block>
      ))}
    </div>
  )
}
