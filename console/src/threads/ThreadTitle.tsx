import { Text } from '@mantine/core'
import { useSearchParams } from 'wouter'
import type { Thread } from '../api/thread.ts'
import { Marked } from '../parts/Marked.tsx'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import classes from './ThreadTitle.module.css'

/** The beginning of a thread, and where the words that were looked for are in it. */
export function ThreadTitle({ thread: { id, summary } }: { thread: Thread }) {
  const [params] = useSearchParams()
  const words = params.get('query')
  const matched = summary?.matched
  const title = withoutMarks(visible(summary?.title) ?? 'Without text')
  const to = matched ? `/${id}?message=${matched.message_id}` : `/${id}`
  return (
    <span className={classes.title}>
      <TitleLink to={to} title={title} />
      {matched && words && (
        <Text component="span" fz="sm" c="dimmed" truncate flex={1} miw={0} dir="auto">
          <Marked text={matched.text} words={words} />
        </Text>
      )}
    </span>
  )
}
