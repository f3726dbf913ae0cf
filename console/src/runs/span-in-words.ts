import type { RunSpan } from '../api/runs.ts'
import { count } from '../parts/quantities.ts'
import { toolName } from '../parts/calls/calls.ts'

/** What a line of the timeline is called. `turn` is the number of a model turn. */
export function spanName(span: RunSpan, turn: number | undefined): string {
  switch (span.type) {
    case 'queued':
      return 'Queued'
    case 'preparation':
      return 'Preparing tools'
    case 'retry':
      return 'Waiting to try again'
    case 'required_action':
      return 'Waiting for you'
    case 'tool_call':
      return toolName(span.tool === 'function' ? span.name : span.tool)
    case 'model_turn':
      return `Model turn ${turn}`
  }
}

/** What is worth knowing of it besides the time. */
export function spanNote(span: RunSpan): string {
  if (span.type === 'model_turn') {
    const { usage, finish } = span
    const tokens = usage && `${count(usage.prompt_tokens)} → ${count(usage.completion_tokens)} tokens`
    const end = finish && finish !== 'stop' && finish !== 'tool_calls' ? `ended by ${finish}` : ''
    return [tokens, end].filter(Boolean).join(' · ')
  }
  if (span.type === 'required_action')
    return span.call_ids.length === 1 ? '1 call' : `${span.call_ids.length} calls`
  return ''
}

/** The numbers of the model turns by the ids of their spans. */
export const turnNumbers = (spans: RunSpan[]): Map<string, number> =>
  new Map(spans.filter(({ type }) => type === 'model_turn').map(({ id }, index) => [id, index + 1]))

/** Whether another attempt at the run begins with this span. */
export const beginsAttempt = (spans: RunSpan[], index: number): boolean =>
  index > 0 && spans[index]!.attempt !== spans[index - 1]!.attempt

/** Why it began. */
export const attemptInWords = (spans: RunSpan[], index: number): string =>
  spans[index - 1]?.type === 'required_action'
    ? 'After the answer'
    : `Attempt ${spans[index]!.attempt}: the one before was lost`
