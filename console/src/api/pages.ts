import { infiniteQueryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { List } from '../../../src/contract/list.ts'

type Query = Record<string, string | number | readonly string[] | undefined>

/**
 * A list of the API, page by page as one scrolls. The first part of the key is the path, so that whoever changes
 * something can have every view of that list asked again.
 */
export const pagesQuery = <T>(client: OpenAI, path: string, query: Query = {}) =>
  infiniteQueryOptions({
    queryKey: [path, 'pages', query],
    queryFn: ({ pageParam, signal }) =>
      client.get<List<T>>(path, {
        query: { limit: 100, ...withoutEmpty(query), ...(pageParam !== null && { after: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page: List<T>) => (page.has_more ? page.last_id : null),
  })

/** A filter that nobody has filled in is not sent. */
const withoutEmpty = (query: Query): Query =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined && value !== ''))

/** The rows of all pages that have come. Undefined while the first one loads. */
export const rowsOf = <T>(data: { pages: Pick<List<T>, 'data'>[] } | undefined): T[] | undefined =>
  data?.pages.flatMap((page) => page.data)

/** A longer list would be read whole each time. */
const mostPagesLive = 3

/** For `refetchInterval`: asks a list again, every so many milliseconds, while something in it moves. */
export const liveWhile =
  <T>(moves: (row: T) => boolean, ms = 1_500) =>
  ({ state: { data } }: { state: { data: { pages: List<T>[] } | undefined } }): number | false =>
    data !== undefined &&
    data.pages.length <= mostPagesLive &&
    data.pages.some((page) => page.data.some(moves))
      ? ms
      : false
