import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure, hasNothing } from './Failure.tsx'

interface Props {
  list: UseInfiniteQueryResult<unknown>
  children: ReactNode
}

/** What was read of a list, and what went wrong: above it, or where it would go on when its next page could not be read. */
export function PagesRead({ list, children }: Props) {
  const isAtEnd = list.isFetchNextPageError
  const failure = list.error && (
    <Failure error={list.error} onRetry={() => void (isAtEnd ? list.fetchNextPage() : list.refetch())} />
  )
  if (hasNothing(list)) return failure
  return (
    <>
      {!isAtEnd && failure}
      {children}
      {isAtEnd && failure}
    </>
  )
}

/**
 * What a list in sight needs to be told to go on with. A page that could not be read is not asked for again by itself, nor while
 * the pages before it cannot be read again.
 */
export const nextPageOf = (list: UseInfiniteQueryResult<unknown>) => ({
  hasMore: list.hasNextPage && !list.isError,
  onEnd: () => void (!list.isFetchingNextPage && list.fetchNextPage()),
})
