import { Anchor, Text } from '@mantine/core'
import { Link, useSearchParams } from 'wouter'
import type { Thread } from '../api/thread.ts'
import { Marked } from '../parts/Marked.tsx'
import { withoutMarks } from '../parts/without-marks.ts'
import classes from './ThreadTitle.module.css'

/** The beginning of a thread, and where the words that were looked for are in it. */
export function ThreadTitle({ thread: { id, summary } }: { thread: Thread }) {
  const [params] = useSearchParams()
  const words = params.get('query')
  const matched = summary?.matched
  const title = summary?.title ? withoutMarks(summary.title) : 'Without text'
  const to = matched ? `/${id}?message=${matched.message_id}` : `/${id}`
  return (
    <span className={classes.title}>
      <Anchor component={Link} to={to} c="inherit" fw={500} inherit truncate title={title}>
        {title}
      </Anchor>
      {matched && words && (
        <Text component="span" fz="sm" c="dimmed" truncate flex={1} miw={0}>
          <Marked text={matched.text} words={words} />
        </Text>
      )}
    </span>
  )
}
