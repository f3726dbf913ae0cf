import { Fragment } from 'react'
import { aroundAnnotations } from './annotations.ts'
import type { MarkdownProps } from './markdown-props.ts'

/** Text that is not read as Markdown, or not yet. What stands in the places of its annotations is the same. */
export const AsWritten = ({ children, annotation }: Pick<MarkdownProps, 'children' | 'annotation'>) =>
  aroundAnnotations(children).map((piece, index, pieces) => {
    // The text between links, the words of one, and its index take turns.
    if (index % 3 === 2) return undefined
    const shown = index % 3 === 1 && annotation?.(Number(pieces[index + 1]), piece)
    return <Fragment key={index}>{shown || piece}</Fragment>
  })
