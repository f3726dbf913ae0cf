import { Anchor, Group, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { FileSearchResult } from '../../../../src/contract/run-steps.ts'
import classes from './Conversation.module.css'

/** What a search has found, the best first. */
export function SearchResults({ results }: { results: readonly FileSearchResult[] }) {
  if (results.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        Nothing was found.
      </Text>
    )
  return results.map((result, index) => (
    <div key={index} className={classes.result}>
      <Group gap="sm">
        <Anchor
          component={Link}
          to={`~/files/${encodeURIComponent(result.file_id)}${pageOf(result)}`}
          fz="sm"
        >
          {result.file_name}
        </Anchor>
        <Text fz="xs" c="dimmed">
          {result.page_start !== undefined && `page ${result.page_start} · `}score {result.score.toFixed(3)}
        </Text>
      </Group>
      <Text fz="xs" c="dimmed" lineClamp={4}>
        {result.content?.map(({ text }) => text).join('\n')}
      </Text>
    </div>
  ))
}

const pageOf = ({ page_start }: FileSearchResult) => (page_start === undefined ? '' : `?page=${page_start}`)
