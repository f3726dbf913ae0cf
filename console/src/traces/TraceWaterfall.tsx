import { Skeleton, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useClient } from '../api/client.ts'
import { spansQuery, type Trace } from '../api/traces.ts'
import { Failure } from '../parts/Failure.tsx'
import { useFilter } from '../parts/use-filter.ts'
import { VirtualList } from '../parts/VirtualList.tsx'
import { timeAxis, type TimeAxis } from '../parts/waterfall/time-axis.ts'
import { WaterfallLine } from '../parts/waterfall/WaterfallLine.tsx'
import { kindOf, nameOf, noteOf } from './span-in-words.ts'
import { spanTree, type SpanLine } from './span-tree.ts'
import { SpanDetails } from './SpanDetails.tsx'
import classes from './Traces.module.css'

/** The spans of a trace as a tree in time. Beside them, or below its line, is what the chosen one was. */
export function TraceWaterfall({ trace }: { trace: Trace }) {
  const { data, error, refetch } = useQuery(spansQuery(useClient(), trace))
  const [chosen] = useFilter('span')
  const isWide = useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false })
  const lines = useMemo(() => spanTree(data ?? []), [data])
  const axis = useMemo(
    () => timeAxis(lines, Math.max(...lines.map(({ started_at, ended_at }) => ended_at ?? started_at))),
    [lines],
  )
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton height={8} width="60%" my={10} />
  if (lines.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        No span has come yet. One is sent when it is over.
      </Text>
    )
  const open = lines.find(({ id }) => id === chosen)
  return (
    <div className={classes.place} data-open={(isWide && open !== undefined) || undefined}>
      <VirtualList name="Spans" items={lines} itemId={({ id }) => id} estimate={() => 28}>
        {(line) => (
          <>
            <div className={classes.line}>
              <Line line={line} axis={axis} isCurrent={line.id === chosen} />
            </div>
            {!isWide && line.id === chosen && <SpanDetails key={line.id} line={line} />}
          </>
        )}
      </VirtualList>
      {isWide && open && (
        <div className={classes.aside}>
          <SpanDetails key={open.id} line={open} />
        </div>
      )}
    </div>
  )
}

function Line({ line, axis, isCurrent }: { line: SpanLine; axis: TimeAxis; isCurrent: boolean }) {
  const { span, depth, type, started_at } = line
  const end = line.ended_at ?? axis.end
  const from = axis.place(started_at)
  const isTriggered = span.span_data?.['triggered'] === true
  return (
    <WaterfallLine
      to={`~/traces/${encodeURIComponent(span.trace_id)}${isCurrent ? '' : `?span=${encodeURIComponent(span.id)}`}`}
      name={
        <>
          <span className={classes.kind}>{kindOf(span)}</span>
          {nameOf(span)}
        </>
      }
      note={noteOf(span)}
      status={span.error || isTriggered ? 'failed' : line.ended_at === null ? 'in_progress' : 'completed'}
      problem={isTriggered && !span.error ? 'triggered' : undefined}
      type={type}
      from={from}
      width={Math.max(0, axis.place(end) - from)}
      seconds={end - started_at}
      error={span.error?.message}
      isCurrent={isCurrent}
      depth={depth}
    />
  )
}
