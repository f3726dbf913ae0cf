import { Group, Text } from '@mantine/core'
import type { FileSearchResult } from '../../../../src/contract/run-steps.ts'
import { PassageLink } from '../PassageLink.tsx'
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
        <PassageLink passage={{ ...result, quote: textOf(result) }} fz="sm">
          {result.file_name}
        </PassageLink>
        <Text fz="xs" c="dimmed">
          {result.page_start !== undefined && `page ${result.page_start} · `}score {result.score.toFixed(3)}
        </Text>
      </Group>
      <Text fz="xs" c="dimmed" lineClamp={4}>
        {textOf(result)}
      </Text>
    </div>
  ))
}

const textOf = ({ content }: FileSearchResult) => content?.map(({ text }) => text).join('\n')
