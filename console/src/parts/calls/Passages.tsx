import { Text } from '@mantine/core'
import type { FileSearchResult } from '../../../../src/contract/run-steps.ts'
import { Fold } from '../Fold.tsx'
import { Markdown } from '../Markdown.tsx'
import { PassageLink } from '../PassageLink.tsx'
import { count } from '../quantities.ts'
import classes from './Calls.module.css'

/** What a search has found, best first. */
export function Passages({ results }: { results: FileSearchResult[] }) {
  if (results.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        Nothing was found.
      </Text>
    )
  return results.map((result, index) => <Passage key={index} result={result} opened={results.length === 1} />)
}

interface PassageProps {
  result: FileSearchResult
  /** How many of the prompt it took, if that is known. */
  tokens?: number
  opened?: boolean
}

/** One passage: where it is, how well it fits, and its text. */
export function Passage({ result, tokens, opened = false }: PassageProps) {
  const { file_id, file_name, score, content, page_start, page_end } = result
  const pages =
    page_start === undefined
      ? ''
      : page_end === undefined || page_end === page_start
        ? `page ${page_start}`
        : `pages ${page_start}–${page_end}`
  return (
    <Fold
      opened={opened}
      aside={`score ${score.toFixed(2)}${tokens === undefined ? '' : ` · ${count(tokens)} tokens`}`}
      summary={
        <>
          <span className={classes.tool}>{file_name}</span>
          <span className={classes.line}>{pages}</span>
        </>
      }
    >
      {content?.map(({ text }, index) => (
        <Markdown key={index} atOnce>
          {text}
        </Markdown>
      ))}
      <PassageLink
        passage={{ file_id, page_start, quote: content?.map(({ text }) => text).join('\n') }}
        fz="xs"
      >
        Open the file
      </PassageLink>
    </Fold>
  )
}
