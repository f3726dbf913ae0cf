import { useIntersection } from '@mantine/hooks'
import bash from 'highlight.js/lib/languages/bash'
import css from 'highlight.js/lib/languages/css'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import java from 'highlight.js/lib/languages/java'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import { memo, useDeferredValue, useMemo, useRef, type ComponentProps } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import rehypeHighlight from 'rehype-highlight'
import remarkGfm from 'remark-gfm'
import { AsWritten } from './AsWritten.tsx'
import { CodeBlock } from './CodeBlock.tsx'
import classes from './Markdown.module.css'
import type { MarkdownProps } from './markdown-props.ts'
import { isTooIntricate } from './markdown-blocks.ts'
import { PlainBlock } from './PlainBlock.tsx'

const languages = {
  bash,
  css,
  diff,
  go,
  java,
  javascript,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
}
const remarkPlugins = [remarkGfm]
/** Made once: it learns its languages when it is made, and a plugin is made anew for each text. */
const highlight = rehypeHighlight({ languages })
const rehypePlugins: ComponentProps<typeof ReactMarkdown>['rehypePlugins'] = [() => highlight]
/** Longer code is not coloured: that would hold up whoever scrolls past it. */
const longestColoured = 8_000

/** Where a link may lead. Other schemes are shown as the words of the link alone. */
const isAllowed = (url: string) => /^(https?:\/\/|mailto:)/i.test(url)
const annotationIn = (url: string | undefined) => /^#annotation-(\d+)$/.exec(url ?? '')?.[1]

const keepAllowed = (url: string) => (isAllowed(url) || annotationIn(url) !== undefined ? url : '')

/** One piece of a text. It is plain until it comes near the part of the page that is in sight, and then stays as it is. */
export const MarkdownBlock = memo(function MarkdownBlock({
  children,
  annotation,
  atOnce = false,
}: MarkdownProps) {
  const { ref, entry } = useIntersection({ rootMargin: '800px' })
  // It is plain for a moment, and read when nothing more urgent waits: a key, or the next turn of the wheel.
  const isRead = useDeferredValue(true, false)
  const wasSeen = useRef(atOnce)
  if (entry?.isIntersecting) wasSeen.current = true
  const components = useMemo(() => componentsWith(annotation), [annotation])
  const isPlain = useMemo(() => isTooIntricate(children), [children])
  if (isPlain)
    return (
      <div className={classes.asWritten}>
        <AsWritten annotation={annotation}>{children}</AsWritten>
      </div>
    )
  if (!wasSeen.current || !isRead)
    return (
      <div ref={ref} className={atOnce ? classes.asWritten : classes.plain}>
        <PlainBlock annotation={annotation}>{children}</PlainBlock>
      </div>
    )
  return (
    <div ref={ref} className={`${classes.block} ${atOnce ? '' : classes.long}`}>
      <ReactMarkdown
        remarkPlugins={remarkPlugins}
        rehypePlugins={children.length > longestColoured ? [] : rehypePlugins}
        urlTransform={keepAllowed}
        components={components}
      >
        {children}
      </ReactMarkdown>
    </div>
  )
})

const componentsWith = (annotation: MarkdownProps['annotation']): Components => ({
  a({ href, children }) {
    const index = annotationIn(href)
    if (index !== undefined) return annotation?.(Number(index), children) ?? <>{children}</>
    if (!href) return <span>{children}</span>
    return (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    )
  },
  // An address of a picture can carry away what was said: it is fetched only if somebody follows it.
  img({ src, alt }) {
    const index = annotationIn(typeof src === 'string' ? src : undefined)
    if (index !== undefined) return annotation?.(Number(index), alt) ?? <>{alt}</>
    const words = `picture: ${alt || 'without a description'}`
    if (typeof src !== 'string' || !isAllowed(src)) return <span>[{words}]</span>
    return (
      <a href={src} target="_blank" rel="noopener noreferrer nofollow">
        [{words}]
      </a>
    )
  },
  // The page has headings of its own above them: its title, and who speaks.
  h1: 'h3',
  h2: 'h4',
  h3: 'h5',
  h4: 'h6',
  h5: 'h6',
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    <div className={classes.scroll} tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
})
