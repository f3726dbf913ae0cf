import { Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useClient } from '../api/client.ts'
import { isOver, stepsQuery, timelineQuery, type Run, type RunSpan } from '../api/runs.ts'
import { Failure } from '../parts/Failure.tsx'
import { duration } from '../parts/quantities.ts'
import { pythonProblems } from '../parts/calls/python-problem.ts'
import { attemptInWords, beginsAttempt, spanName, spanNote, turnNumbers } from './span-in-words.ts'
import { firstTokenShare, WaterfallLine } from '../parts/waterfall/WaterfallLine.tsx'
import classes from '../parts/waterfall/Waterfall.module.css'
import { timeAxis, type TimeAxis } from '../parts/waterfall/time-axis.ts'

interface Props {
  run: Pick<Run, 'id' | 'thread_id' | 'status'>
  /** The line that is open below, by the id of its span. */
  current?: string | undefined
}

/** What took how long in a run. Each line leads to what it was. */
export function Waterfall({ run, current }: Props) {
  const client = useClient()
  const { data: spans, error, refetch, dataUpdatedAt } = useQuery(timelineQuery(client, run))
  const { data: problems } = useQuery({ ...stepsQuery(client, run), select: pythonProblems })
  const turns = useMemo(() => turnNumbers(spans ?? []), [spans])
  // While the connection is lost the shell says so, and what is known stays in sight.
  if (error && !spans) return <Failure error={error} onRetry={() => void refetch()} />
  if (!spans) return <Skeleton height={8} width="60%" my={10} />
  if (spans.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        Nothing is known about the times of this run.
      </Text>
    )
  const newest = Math.max(...spans.map(({ started_at }) => started_at))
  const axis = timeAxis(spans, isOver(run) ? newest : Math.max(newest, dataUpdatedAt / 1_000))
  return (
    <div>
      <ol className={classes.waterfall} aria-label="Timeline">
        {spans.map((span, index) => (
          <li key={span.id}>
            {beginsAttempt(spans, index) && (
              <div className={classes.attempt}>{attemptInWords(spans, index)}</div>
            )}
            <Line
              run={run}
              span={span}
              turn={turns.get(span.id)}
              axis={axis}
              isCurrent={span.id === current}
              problem={span.type === 'tool_call' ? problems?.get(span.call_id) : undefined}
              isRepeated={span.type === 'retry' && span.error === spans[index - 1]?.error}
            />
          </li>
        ))}
      </ol>
      <div className={classes.total}>
        <span>
          {isOver(run) ? 'Total' : 'So far'} {duration(axis.end - axis.start)}
        </span>
        {axis.isShortened && <span>Waiting is not drawn to scale.</span>}
      </div>
    </div>
  )
}

interface LineProps {
  run: Props['run']
  span: RunSpan
  turn: number | undefined
  axis: TimeAxis
  isCurrent: boolean
  /** What went wrong in a program, although the call was made. */
  problem: string | undefined
  /** Whether it waits for the error of the line before to pass. */
  isRepeated: boolean
}

function Line({ run, span, turn, axis, isCurrent, problem, isRepeated }: LineProps) {
  const end = span.ended_at ?? axis.end
  const from = axis.place(span.started_at)
  const isTurn = span.type === 'model_turn'
  return (
    <WaterfallLine
      to={`~/runs/${run.id}?${addressOf(span, turn)}`}
      name={spanName(span, turn)}
      note={spanNote(span)}
      status={problem ? 'failed' : span.status}
      problem={problem}
      type={span.type}
      from={from}
      width={axis.place(end) - from}
      firstToken={isTurn ? firstTokenShare(span, axis) : undefined}
      seconds={end - span.started_at}
      error={isRepeated ? null : span.error}
      isCurrent={isCurrent}
      about={
        isTurn && span.first_token_at !== null
          ? `first token after ${duration(span.first_token_at - span.started_at)}`
          : undefined
      }
    />
  )
}

/** What a line opens: a turn its context, a call its step. */
const addressOf = (span: RunSpan, turn: number | undefined): string =>
  span.type === 'model_turn'
    ? `tab=context&turn=${turn}`
    : span.type === 'tool_call'
      ? `step=${span.call_id}`
      : 'tab=events'
