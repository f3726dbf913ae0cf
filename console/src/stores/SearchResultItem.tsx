import { Anchor, Highlight, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { ExplainedResult, Explanation } from '../api/search.ts'
import { excerptOf } from './excerpt.ts'
import { addressOfPassage, inPages } from './places.ts'
import classes from './SearchResultItem.module.css'

interface Props {
  storeId: string
  /** The words of the query, which are marked. */
  words: string[]
  result: ExplainedResult
}

/** A passage that was found: how good it is, why, and the way to its place in the file. */
export function SearchResultItem({ storeId, words, result }: Props) {
  const { file_id, filename, score, attributes, page_start, page_end, content, explain } = result
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
      <Highlight highlight={words} fz="sm" className={classes.text}>
        {excerptOf(content.map(({ text }) => text).join('\n'), words)}
      </Highlight>
    </li>
  )
}

/** What a score is made of, as bars of the same scale with their numbers. */
function ScoreParts({ explain: { text, name, dense, penalty, rerank } }: { explain: Explanation }) {
  const parts: [name: string, value: number | null, hint: string][] = [
    ['words', text, 'How well the words of the passage match'],
    ['name', name, 'How well the name and the title of the file match'],
    ['vectors', dense, 'How near the meaning is, by the embedding model'],
    ['reranker', rerank, 'What the reranker made of it'],
  ]
  return (
    <dl className={classes.parts}>
      {parts.map(
        ([title, value, hint]) =>
          value !== null && (
            <div key={title} title={hint}>
              <dt>{title}</dt>
              <dd>
                <span className={classes.bar} aria-hidden>
                  <span style={{ width: `${Math.min(1, value) * 100}%` }} />
                </span>
                {value.toFixed(3)}
              </dd>
            </div>
          ),
      )}
      {penalty < 1 && (
        <div title="It shares text with a passage above it">
          <dt>overlap</dt>
          <dd>× {penalty.toFixed(2)}</dd>
        </div>
      )}
    </dl>
  )
}
