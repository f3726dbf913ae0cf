import { Skeleton, Switch, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { nextPageOf, PagesRead } from './PagesRead.tsx'
import { Fold } from './Fold.tsx'
import { JsonView } from './JsonView.tsx'
import { useFilter } from './use-filter.ts'
import { VirtualList } from './VirtualList.tsx'
import classes from './calls/Calls.module.css'

interface LoggedEvent {
  id: string
  event: string
  /** Unix seconds. Null where this was not kept. */
  created_at: number | null
  data: unknown
}

interface Props {
  /** Where the events are listed. */
  path: string
  isOver: boolean
}

/** The events of a run or a response, as its streams show them. */
export function EventList({ path, isOver }: Props) {
  const [deltas, setDeltas] = useFilter('deltas')
  const list = useInfiniteQuery({
    ...pagesQuery<LoggedEvent>(useClient(), path, { order: 'asc' }),
    refetchInterval: ({ state: { data } }) => (!isOver && data?.pages.length === 1 ? 1_000 : false),
  })
  const all = rowsOf(list.data)
  if (!all && !list.error) return <Skeleton height={8} width="40%" my={10} />
  const events = (all ?? []).filter(({ event }) => deltas !== 'hidden' || !event.endsWith('.delta'))
  const start = all?.find(({ created_at }) => created_at !== null)?.created_at ?? null
  return (
    <PagesRead list={list}>
      <Switch
        mb="sm"
        size="xs"
        label="Show deltas"
        checked={deltas !== 'hidden'}
        onChange={({ currentTarget }) => setDeltas(currentTarget.checked ? null : 'hidden')}
      />
      <VirtualList
        name="Events"
        items={events}
        itemId={({ id }) => id}
        estimate={() => 28}
        {...nextPageOf(list)}
      >
        {({ id, event, data, created_at }) => (
          <Fold
            summary={
              <>
                <span className={classes.tool}>{event}</span>
                <span className={classes.line}>{preview(data)}</span>
              </>
            }
            aside={
              <Text component="span" fz="xs" ff="monospace">
                {created_at !== null && start !== null && `+${(created_at - start).toFixed(3)} s · `}
                {id}
              </Text>
            }
          >
            <JsonView value={data} />
          </Fold>
        )}
      </VirtualList>
    </PagesRead>
  )
}

/** What a delta adds. Other events are whole objects, whose name says enough. */
function preview(data: unknown): string {
  const delta = (data as { delta?: unknown } | null)?.delta
  return delta === undefined ? '' : JSON.stringify(delta).slice(0, 160)
}
