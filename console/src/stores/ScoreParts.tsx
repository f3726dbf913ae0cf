import type { Explanation } from '../api/search.ts'
import classes from './SearchResultItem.module.css'

/** What a score is made of, as bars of the same scale with their numbers. */
export function ScoreParts({ explain: { text, name, dense, penalty, rerank } }: { explain: Explanation }) {
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
