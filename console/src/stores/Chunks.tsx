import { Anchor, Button, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { chunksPath, type VectorStoreFileChunk } from '../api/stores.ts'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'
import { addressOfPassage, inPages } from './places.ts'
import classes from './Chunks.module.css'

/** What the text of a file was cut into: search finds these passages, and nothing smaller or larger. */
export function Chunks({ storeId, fileId }: { storeId: string; fileId: string }) {
  const chunks = useInfiniteQuery(
    pagesQuery<VectorStoreFileChunk>(useClient(), chunksPath(storeId, fileId), { order: 'asc', limit: 50 }),
  )
  const rows = rowsOf(chunks.data)
  if (chunks.error) return <Failure error={chunks.error} onRetry={() => void chunks.refetch()} />
  return (
    <>
      <ol className={classes.chunks}>
        {rows?.map(({ id, index, text, tokens, start, end, page_start, page_end }) => (
          <li key={id}>
            <Text fz="xs" c="dimmed">
              <Anchor
                component={Link}
                to={addressOfPassage(storeId, fileId, { start, end })}
                inherit
                underline="always"
              >
                Passage {count(index + 1)}
              </Anchor>
              {` · ${count(tokens)} tokens`}
              {page_start !== null && ` · ${inPages(page_start, page_end)}`}
            </Text>
            <div className={classes.text}>{text}</div>
          </li>
        ))}
      </ol>
      {chunks.hasNextPage && (
        <Button loading={chunks.isFetchingNextPage} onClick={() => void chunks.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  )
}
