import type { ContextPart } from '../../contract/run-spans.ts'
import type { RunStepRecord, ToolCall } from '../../contract/run-steps.ts'
import type { SentPart } from '../../engine/sent-parts.ts'
import { estimateTokens } from '../../models/tokens.ts'
import { toldCalls } from '../replayed-calls.ts'

/** The rows that parts refer to: messages by their numbers, and steps by number or id. */
export interface Rows {
  messages: ReadonlyMap<number, string>
  steps: ReadonlyMap<string | number, RunStepRecord>
}

/** Reads what `partsOf` and the engine have written. Calls become one part for each call and each result. */
export function readPart([kind, tokens, ...from]: SentPart, { messages, steps }: Rows): ContextPart[] {
  switch (kind) {
    case 'instructions':
    case 'response_format':
    case 'continuation':
    case 'repeated_request':
      return [{ type: kind, tokens }]
    case 'server_instructions':
      return [{ type: kind, tokens, source: String(from[0]) }]
    case 'tools': {
      const names = from.filter((_, at) => at % 2 === 0)
      const tools = names.map((name, at) => ({ name: String(name), tokens: Number(from[at * 2 + 1]) }))
      return [{ type: kind, tokens, tools }]
    }
    case 'message': {
      const [number, isUser, images, attachments] = from.map(Number)
      return [
        {
          type: kind,
          tokens,
          message_id: messages.get(number ?? 0) ?? null,
          role: isUser ? 'user' : 'assistant',
          images: images ?? 0,
          attachments: attachments ?? 0,
        },
      ]
    }
    case 'items':
      return [{ type: kind, tokens, item_ids: from.map(String) }]
    case 'calls': {
      const [step = '', ...sizes] = from
      return readCalls(steps.get(step), sizes.map(Number), typeof step === 'string')
    }
    default:
      throw new Error(`what is a part '${kind}'?`)
  }
}

/** `sizes` are those of the reasoning, and then of each call and its result. `own` says that the run has made the calls. */
function readCalls(
  step: RunStepRecord | undefined,
  [reasoning = 0, ...sizes]: number[],
  own: boolean,
): ContextPart[] {
  const [run_id, step_id] = [step?.run_id ?? null, step?.id ?? null]
  const calls = step ? callsSent(step, sizes.length / 2) : []
  const refs = sizes
    .filter((_, at) => at % 2 === 0)
    .map((size, at) => {
      const call = calls[at]
      const ref = { run_id, step_id, call_id: call?.id ?? null, tool: call?.type ?? null }
      return { call, ref, size, resultSize: sizes[at * 2 + 1] ?? 0 }
    })
  return [
    ...(reasoning > 0 ? [{ type: 'reasoning' as const, tokens: reasoning, step_id }] : []),
    ...refs.map(({ ref, size }) => ({ type: 'tool_call' as const, tokens: size, ...ref })),
    ...refs.map(({ call, ref, resultSize }) => ({
      type: 'tool_result' as const,
      tokens: resultSize,
      ...ref,
      ...(own && call && passagesOf(call)),
    })),
  ]
}

/** Some may have been deleted since. */
function callsSent({ body }: RunStepRecord, count: number): ToolCall[] {
  const { step_details: details } = body
  const all = details.type === 'tool_calls' ? details.tool_calls : []
  return all.length === count ? all : toldCalls(body)
}

/** In later runs the model is not told again what a search has found. */
function passagesOf(call: ToolCall) {
  if (call.type !== 'file_search') return {}
  return {
    passages: call.file_search.results.map(({ file_id, content = [] }, result) => ({
      file_id,
      result,
      tokens: content.reduce((sum, { text }) => sum + estimateTokens(text), 0),
    })),
  }
}
