import { Skeleton, Text } from '@mantine/core'
import { isOver, type Response, type ResponseSpan } from '../api/responses.ts'
import { toolName } from '../parts/calls/calls.ts'
import { count, duration } from '../parts/quantities.ts'
import { timeAxis, type TimeAxis } from '../parts/waterfall/time-axis.ts'
import classes from '../parts/waterfall/Waterfall.module.css'
import { firstTokenShare, WaterfallLine } from '../parts/waterfall/WaterfallLine.tsx'

interface Props {
  response: Response
  /** Undefined while they load. */
  spans: ResponseSpan[] | undefined
  /** When they were read, in Unix seconds. */
  now: number
  /** The span of the turn that is open below. */
  current: string | undefined
}

/** What took how long in a response. A turn of the model leads to what it was sent. */
export function ResponseWaterfall({ response, spans, now, current }: Props) {
  if (!spans) return <Skeleton height={8} width="60%" my={10} />
  if (spans.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        Nothing is known about the times of this response.
      </Text>
    )
  const newest = Math.max(...spans.map(({ started_at }) => started_at))
  const over = isOver(response)
  const axis = timeAxis(spans, over ? newest : Math.max(newest, now))
  const turns = new Map(
    spans.filter(({ type }) => type === 'model_turn').map(({ id }, index) => [id, index + 1]),
  )
  return (
    <div>
      <ol className={classes.waterfall} aria-label="Timeline">
        {spans.map((span, index) => (
          <li key={span.id}>
            {index > 0 && span.attempt !== spans[index - 1]?.attempt && (
              <div className={classes.attempt}>Attempt {span.attempt}: the one before was lost</div>
            )}
            <Line span={span} turn={turns.get(span.id)} axis={axis} isCurrent={span.id === current} />
          </li>
        ))}
      </ol>
      <div className={classes.total}>
        <span>
          {over ? 'Total' : 'So far'} {duration(axis.end - axis.start)}
        </span>
        {axis.isShortened && <span>Waiting is not drawn to scale.</span>}
      </div>
    </div>
  )
}

interface LineProps {
  span: ResponseSpan
  turn: number | undefined
  axis: TimeAxis
  isCurrent: boolean
}

function Line({ span, turn, axis, isCurrent }: LineProps) {
  const end = span.ended_at ?? axis.end
  const from = axis.place(span.started_at)
  return (
    <WaterfallLine
      to={`~/responses/${span.response_id}?${addressOf(span, turn)}`}
      name={nameOf(span, turn)}
      note={noteOf(span)}
      status={span.status}
      type={span.type}
      from={from}
      width={axis.place(end) - from}
      firstToken={span.type === 'model_turn' ? firstTokenShare(span, axis) : undefined}
      seconds={end - span.started_at}
      error={span.error}
      isCurrent={isCurrent}
    />
  )
}

/** What a line opens. */
const addressOf = ({ type }: ResponseSpan, turn: number | undefined): string =>
  turn === undefined ? `tab=${type === 'tool_call' ? 'items' : 'events'}` : `tab=context&turn=${turn}`

function nameOf(span: ResponseSpan, turn: number | undefined): string {
  switch (span.type) {
    case 'queued':
      return 'Queued'
    case 'preparation':
      return 'Preparing tools'
    case 'retry':
      return 'Waiting to try again'
    case 'tool_call':
      return toolName(span.tool === 'function' || span.tool === 'mcp' ? span.name : span.tool)
    case 'model_turn':
      return `Model turn ${turn}`
  }
}

function noteOf(span: ResponseSpan): string | undefined {
  if (span.type !== 'model_turn' || !span.usage) return undefined
  return `${count(span.usage.prompt_tokens)} → ${count(span.usage.completion_tokens)} tokens`
}
