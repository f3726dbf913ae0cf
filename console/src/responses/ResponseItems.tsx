import { Button, Skeleton, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { include, isOver, responsePath, type Item, type Response } from '../api/responses.ts'
import { Failure } from '../parts/Failure.tsx'
import { Fold } from '../parts/Fold.tsx'
import items from '../parts/items/Items.module.css'
import { ItemView } from '../parts/items/ItemView.tsx'
import { lazily } from '../parts/lazily.tsx'
import { hasWritten } from '../playground/has-written.ts'
import { Instructions } from './Instructions.tsx'
import classes from './Responses.module.css'
import { useLiveResponse } from './use-live-response.ts'

const GoOn = lazily(async () => (await import('./GoOn.tsx')).GoOn)

/** What was said before, the input last, then what the response has said and called, and the field to go on with it. */
export function ResponseItems({ response }: { response: Response }) {
  const list = useInfiniteQuery(
    pagesQuery<Item>(useClient(), `${responsePath(response.id)}/input_items`, {
      order: 'desc',
      limit: 20,
      include,
    }),
  )
  const before = rowsOf(list.data)
  const [, navigate] = useLocation()
  const { output: live, isLost } = useLiveResponse(response)
  const output = isOver(response) ? response.output : (live ?? response.output)
  return (
    <div className={items.list}>
      {response.instructions !== null && (
        <Fold summary="Instructions">
          <Instructions response={response} />
        </Fold>
      )}
      {list.hasNextPage && (
        <div>
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show what was said earlier
          </Button>
        </div>
      )}
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {!before && !list.error && <Skeleton height={12} width="60%" my={8} />}
      {before?.toReversed().map((item) => (
        <ItemView key={item.id} item={item} among={before} />
      ))}
      <h2 className={classes.divider}>Output</h2>
      {output.map((item) => (
        <ItemView key={item.id} item={item} among={output} />
      ))}
      {output.length === 0 && (
        <Text fz="sm" c="dimmed">
          {isOver(response)
            ? 'Nothing came out.'
            : response.background
              ? 'Nothing has come yet.'
              : 'It is shown here when the response is over.'}
        </Text>
      )}
      <GoOn
        latest={response}
        isLost={isLost}
        origin={{ previous_response_id: response.id }}
        onStarted={({ id }) => navigate(`/${id}`, { state: hasWritten })}
      />
    </div>
  )
}
