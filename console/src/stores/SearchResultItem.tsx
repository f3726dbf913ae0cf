import { Anchor, Highlight, Text, UnstyledButton } from '@mantine/core'
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { ExplainedResult } from '../api/search.ts'
import { excerptOf } from './excerpt.ts'
import { addressOfPassage, inPages } from './places.ts'
import { ScoreParts } from './ScoreParts.tsx'
import classes from './SearchResultItem.module.css'

interface Props {
  storeId: string
  /** The beginnings of the words of the query (see excerpt.ts). */
  stems: string[]
  result: ExplainedResult
}

/** A passage that was found: how good it is, why, and the way to its place in the file. */
export function SearchResultItem({ storeId, stems, result }: Props) {
  const [isOpen, setIsOpen] = useState(false)
  const { file_id, filename, score, attributes, page_start, page_end, content, explain } = result
  const passage = content.map(({ text }) => text).join('\n')
  const excerpt = useMemo(() => excerptOf(passage, stems), [passage, stems])
  return (
    <li className={classes.result}>
      <div className={classes.head}>
        <Anchor
          component={Link}
          to={addressOfPassage(storeId, file_id, explain)}
          fw={500}
          className={classes.name}
        >
          {filename}
        </Anchor>
        <Text fz="xs" c="dimmed" component="span">
          {page_start === undefined ? `passage ${explain.chunk + 1}` : inPages(page_start, page_end ?? null)}
          {Object.entries(attributes ?? {}).map(([name, value]) => ` · ${name}: ${value}`)}
        </Text>
        <span className={classes.score} title="Score, from 0 to 1">
          {score.toFixed(3)}
        </span>
      </div>
      <ScoreParts explain={explain} />
      <Highlight
        highlight={excerpt.marks}
        wholeWord={excerpt.marks.every((mark) => /^\w+$/.test(mark))}
        fz="sm"
        className={classes.text}
      >
        {isOpen ? passage : excerpt.text}
      </Highlight>
      {!excerpt.isWhole && (
        <UnstyledButton className={classes.more} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? 'Show less' : 'Show the whole passage'}
        </UnstyledButton>
      )}
    </li>
  )
}
