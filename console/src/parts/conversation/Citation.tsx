import { Anchor, HoverCard, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { MouseEvent } from 'react'
import { Link, useLocation } from 'wouter'
import type { FileCitation } from '../../../../src/contract/messages.ts'
import { useClient } from '../../api/client.ts'
import { useFile } from '../../api/files.ts'
import { addressOfFile, addressOfPassage } from '../../api/passage-address.ts'
import classes from './Citation.module.css'

/** The number of a citation. Pointed at, it shows the passage; followed, it leads to its place in the file. */
export function Citation({ citation, number }: { citation: FileCitation; number: number }) {
  const { file_id, quote, page_start, page_end } = citation.file_citation
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { data: file } = useFile(file_id)
  const name = file?.filename ?? file_id
  const pages =
    page_start === undefined
      ? ''
      : page_end === undefined || page_end === page_start
        ? `page ${page_start}`
        : `pages ${page_start} to ${page_end}`
  return (
    <HoverCard width={360} openDelay={150} withinPortal shadow="md">
      <HoverCard.Target>
        <Anchor
          component={Link}
          to={`~${addressOfFile(file_id)}`}
          onClick={(event: MouseEvent) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            void addressOfPassage(client, queries, citation)
              .catch(() => addressOfFile(file_id))
              .then((address) => navigate(`~${address}`))
          }}
          className={classes.citation}
          aria-label={`Source ${number}: ${name}${pages && `, ${pages}`}`}
        >
          {number}
        </Anchor>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Text fz="xs" fw={600} className={classes.source}>
          {name} {pages && <Text span inherit c="dimmed">{`· ${pages}`}</Text>}
        </Text>
        {quote && (
          <Text fz="xs" c="dimmed" lineClamp={8} mt={4}>
            {quote}
          </Text>
        )}
      </HoverCard.Dropdown>
    </HoverCard>
  )
}
