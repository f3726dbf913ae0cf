import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { nowSeconds } from '../common/clock.ts'
import {
  toChatChunk,
  toChatCompletion,
  type ChatToolCall,
  type ChatUsage,
  type FinishReason,
  type TranslatedChatRequest,
} from '../contract/chat-completions.ts'
import type { RunUsage } from '../contract/runs.ts'
import { turnUsage } from '../engine/turn-usage.ts'
import { newChatCompletionId } from '../common/ids.ts'
import type { AnswerRoom } from '../models/answer-room.ts'
import type { CallerParameters } from '../models/caller-options.ts'
import type { ServedModel } from '../models/model.ts'
import { isRefusal } from '../models/refusal-mark.ts'
import { estimateTokens } from '../models/tokens.ts'
import { refuseIgnored } from './refuse.ts'
import { toCall } from './to-call.ts'

/** A piece of an answer in the words of the wire. */
type Piece =
  | { type: 'text'; delta: string }
  | { type: 'refusal'; delta: string }
  | { type: 'call'; index: number; id: string; name: string }
  | { type: 'arguments'; index: number; delta: string }
  | { type: 'end'; finishReason: FinishReason; usage: RunUsage }

/**
 * The answer of a model that does not speak the wire, piece by piece. Rejects with what the model has thrown, or with the
 * wire's error where it leaves out something that was asked for. `used` is told of what was used, also when it is broken off.
 */
async function* piecesOf({
  served,
  request,
  caller,
  headers,
  signal,
  room,
  used,
}: Translation): AsyncGenerator<Piece> {
  const options: LanguageModelV4CallOptions = {
    ...toCall(request, caller),
    ...(headers && { headers }),
    abortSignal: signal,
  }
  const { stream } = await served.model.doStream(options)
  const calls = new Map<string, number>()
  let refusing = false
  let said = ''
  let reported: LanguageModelV4Usage | undefined
  let asked = false
  try {
    for await (const part of stream) {
      if (part.type === 'stream-start') refuseIgnored(part.warnings)
      asked = true
      if (part.type === 'error') throw part.error
      if (part.type === 'text-start') refusing = isRefusal(part)
      if ('delta' in part) {
        said += part.delta
        await room?.say(estimateTokens(part.delta))
      }
      if (part.type === 'finish') {
        reported = part.usage
        const usage = turnUsage(reported, options, said)
        yield { type: 'end', finishReason: finishReasonOf(part.finishReason), usage }
        return
      }
      yield* pieces(part, calls, refusing)
    }
    throw new Error('an answer without an end')
  } finally {
    if (asked) used(turnUsage(reported, options, said))
  }
}

function* pieces(
  part: LanguageModelV4StreamPart,
  calls: Map<string, number>,
  refusing: boolean,
): Generator<Piece> {
  if (part.type === 'text-delta') yield { type: refusing ? 'refusal' : 'text', delta: part.delta }
  if (part.type === 'tool-input-start') {
    calls.set(part.id, calls.size)
    yield { type: 'call', index: calls.size - 1, id: part.id, name: part.toolName }
  }
  if (part.type === 'tool-input-delta') {
    const index = calls.get(part.id)
    if (index !== undefined) yield { type: 'arguments', index, delta: part.delta }
  }
  // Some models give a call at once.
  if (part.type === 'tool-call' && !calls.has(part.toolCallId)) {
    calls.set(part.toolCallId, calls.size)
    const index = calls.size - 1
    yield { type: 'call', index, id: part.toolCallId, name: part.toolName }
    yield { type: 'arguments', index, delta: part.input }
  }
}

const finishReasons: Partial<Record<LanguageModelV4FinishReason['unified'], FinishReason>> = {
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
}
const finishReasonOf = ({ unified }: LanguageModelV4FinishReason): FinishReason =>
  finishReasons[unified] ?? 'stop'

const toChatUsage = (usage: RunUsage): ChatUsage => ({
  prompt_tokens: usage.prompt_tokens,
  completion_tokens: usage.completion_tokens,
  total_tokens: usage.total_tokens,
  prompt_tokens_details: { cached_tokens: usage.prompt_token_details.cached_tokens, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: usage.completion_tokens_details.reasoning_tokens,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
})

export interface Translation {
  served: ServedModel
  request: TranslatedChatRequest
  caller?: CallerParameters | undefined
  headers?: Record<string, string> | undefined
  signal: AbortSignal
  room?: AnswerRoom | undefined
  used: (usage: RunUsage) => void
}

export async function translatedAnswer(translation: Translation) {
  let [content, refusal] = ['', '']
  const toolCalls: ChatToolCall[] = []
  for await (const piece of piecesOf(translation)) {
    if (piece.type === 'text') content += piece.delta
    else if (piece.type === 'refusal') refusal += piece.delta
    else if (piece.type === 'call') {
      const { id, name } = piece
      toolCalls.push({ id, type: 'function', function: { name, arguments: '' } })
    } else if (piece.type === 'arguments') {
      const call = toolCalls[piece.index]
      if (call) call.function.arguments += piece.delta
    } else {
      return toChatCompletion({
        id: newChatCompletionId(),
        created: nowSeconds(),
        model: translation.request.model,
        content: content || (refusal || toolCalls.length > 0 ? null : ''),
        refusal: refusal || null,
        toolCalls,
        finishReason: piece.finishReason,
        usage: toChatUsage(piece.usage),
      })
    }
  }
  throw new Error('an answer without an end')
}

/** The same as the events of a stream, without the last one. */
export async function* translatedEvents(translation: Translation): AsyncGenerator<string> {
  const { request } = translation
  const of = { id: newChatCompletionId(), created: nowSeconds(), model: request.model }
  const event = (piece: Parameters<typeof toChatChunk>[1]) =>
    `data: ${JSON.stringify(toChatChunk(of, piece))}\n\n`
  let begun = false
  for await (const piece of piecesOf(translation)) {
    if (!begun) yield event({ delta: { role: 'assistant', content: '', refusal: null } })
    begun = true
    if (piece.type === 'text') yield event({ delta: { content: piece.delta } })
    else if (piece.type === 'refusal') yield event({ delta: { refusal: piece.delta } })
    else if (piece.type === 'call') {
      const { index, id, name } = piece
      yield event({
        delta: { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] },
      })
    } else if (piece.type === 'arguments') {
      const { index, delta } = piece
      yield event({ delta: { tool_calls: [{ index, function: { arguments: delta } }] } })
    } else {
      yield event({ delta: {}, finish_reason: piece.finishReason })
      if (request.stream_options?.include_usage) yield event({ usage: toChatUsage(piece.usage) })
    }
  }
}
