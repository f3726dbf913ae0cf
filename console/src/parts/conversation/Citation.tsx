import { HoverCard, Text } from '@mantine/core'
import type { FileCitation } from '../../../../src/contract/messages.ts'
import { useFile } from '../../api/files.ts'
import { PassageLink } from '../PassageLink.tsx'
import classes from './Citation.module.css'

/** The number of a citation. Pointed at, it shows the passage; followed, it leads to its place in the file. */
export function Citation({
  citation,
  number,
}: {
  citation: Pick<FileCitation, 'file_citation'>
  number: number
}) {
  const { file_id, quote, page_start, page_end } = citation.file_citation
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
        <PassageLink
          passage={citation.file_citation}
          className={classes.citation}
          aria-label={`Source ${number}: ${name}${pages && `, ${pages}`}`}
        >
          {number}
        </PassageLink>
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
