import { Button, Skeleton, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { rowsOf } from '../api/pages.ts'
import { inputPagesQuery, isOver, type Item, type Response } from '../api/responses.ts'
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

/** Items of the input, before the rest is asked for: what was asked is among them, if it was asked not long before. */
const shownBefore = 4
const mostShownBefore = 12

/** What was said before, the input last, then what the response has said and called, and the field to go on with it. */
export function ResponseItems({ response }: { response: Response }) {
  const list = useInfiniteQuery(inputPagesQuery(useClient(), response.id))
  const [showsEarlier, setShowsEarlier] = useState(false)
  const known = rowsOf(list.data)
  // The output is in sight when one comes. What was said long before it is not what one has come for.
  const before = showsEarlier ? known : known?.slice(0, Math.max(shownBefore, placeOfQuestion(known)))
  const hasEarlier = list.hasNextPage || (known?.length ?? 0) > (before?.length ?? 0)
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
      {hasEarlier && (
        <div>
          <Button
            loading={list.isFetchingNextPage}
            onClick={() => (showsEarlier ? void list.fetchNextPage() : setShowsEarlier(true))}
          >
            Show what was said earlier
          </Button>
        </div>
      )}
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {!before && !list.error && <Skeleton height={12} width="60%" my={8} />}
      {before?.toReversed().map((item) => (
        <ItemView key={item.id} item={item} among={known ?? []} />
      ))}
      <h2 className={classes.divider}>Output</h2>
      {output.map((item) => (
        <ItemView key={item.id} item={item} among={output} />
      ))}
      {output.length === 0 && (
        <Text fz="sm" c="dimmed">
          {isOver(response)
            ? response.status === 'cancelled'
              ? 'What a response had said before it was cancelled is not shown.'
              : 'Nothing came out.'
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

/** How many items it takes from the newest to the last that the user has said. 0 when it takes too many. */
function placeOfQuestion(items: readonly Item[]): number {
  const place = items.findIndex((item) => item.type === 'message' && item.role === 'user') + 1
  return place <= mostShownBefore ? place : 0
}
