import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { ChatCompletionRequest } from '../contract/chat-completions.ts'
import type { RunUsage } from '../contract/runs.ts'
import { turnUsage } from '../engine/turn-usage.ts'
import type { AnswerRoom } from '../models/answer-room.ts'
import type { WireAddress } from '../models/model.ts'
import { passOn } from '../models/pass-on.ts'
import { tokenUsage } from '../models/stream-parts.ts'
import { estimateTokens } from '../models/tokens.ts'

export interface Forwarding {
  wire: WireAddress
  request: ChatCompletionRequest
  headers?: Record<string, string> | undefined
  signal: AbortSignal
  /** Of the events. */
  room?: AnswerRoom | undefined
  used: (usage: RunUsage) => void
}

/** The whole answer of a provider, as it was sent. */
export async function forwardedAnswer({ wire, request, headers, signal, used }: Forwarding): Promise<string> {
  const response = await passOn(wire, '/chat/completions', { body: request, headers }, signal)
  const answer = await text(response)
  const { usage, choices } = readJson(answer) ?? {}
  used(usageOf(request, usage, JSON.stringify(choices ?? '')))
  return answer
}

/** No line of a working server is longer, in characters. */
const longestLine = 16 * 1024 * 1024

/**
 * The events of a provider as it sends them. It is always asked what was used; where the caller has not asked for that, the
 * event with it is left out.
 */
export async function forwardedEvents({
  wire,
  request,
  headers,
  signal,
  room,
  used,
}: Forwarding): Promise<AsyncGenerator<string>> {
  const wanted = request.stream_options?.include_usage === true
  const body = { ...request, stream_options: { ...request.stream_options, include_usage: true } }
  const response = await passOn(wire, '/chat/completions', { body, headers }, signal)
  return readEvents(response, { request, wanted, room, used })
}

async function* readEvents(
  response: IncomingMessage,
  { request, wanted, room, used }: Pick<Forwarding, 'request' | 'room' | 'used'> & { wanted: boolean },
): AsyncGenerator<string> {
  let rest = ''
  let usage: unknown
  let pieces = 0
  let leaveOut = false
  /** Whether a line goes on to the caller. */
  const takes = (line: string): boolean => {
    if (line.startsWith('data:')) {
      pieces++
      leaveOut = false
      const chunk = line.includes('"usage"') ? readJson(line.slice(5)) : undefined
      if (chunk?.usage) {
        ;({ usage } = chunk)
        leaveOut = !wanted && Array.isArray(chunk.choices) && chunk.choices.length === 0
      }
    }
    return !leaveOut
  }
  try {
    for await (const packet of response as AsyncIterable<string>) {
      const lines = (rest + packet).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw new TypeError('terminated: an endless line')
      const before = pieces
      const taken = lines.filter(takes)
      await room?.say(pieces - before)
      if (taken.length > 0) yield `${taken.join('\n')}\n`
    }
    if (rest !== '' && takes(rest)) yield `${rest}\n\n`
  } finally {
    response.destroy()
    // A piece is about a token.
    used(usageOf(request, usage, 'four'.repeat(pieces)))
  }
}

function usageOf(request: ChatCompletionRequest, given: unknown, said: string): RunUsage {
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: textOf(request) }] }]
  return turnUsage(readUsage(given), { prompt }, said)
}

/** About how many tokens the prompt of a request has. Pictures are not counted, because their cost differs. */
export const promptTokens = ({ messages, tools }: ChatCompletionRequest): number =>
  estimateTokens(textOf({ messages }) + (tools === undefined ? '' : JSON.stringify(tools)))

const textOf = ({ messages }: Pick<ChatCompletionRequest, 'messages'>) =>
  JSON.stringify(messages, (key, value: unknown) => (key === 'image_url' ? undefined : value))

function readUsage(given: unknown): LanguageModelV4Usage | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } =
    given as Record<string, unknown>
  const countOf = (value: unknown) => (typeof value === 'number' ? value : undefined)
  const fieldOf = (value: unknown, field: string) =>
    countOf((value as Record<string, unknown> | null | undefined)?.[field])
  return tokenUsage(countOf(prompt_tokens), countOf(completion_tokens), {
    cached: fieldOf(prompt_tokens_details, 'cached_tokens'),
    reasoning: fieldOf(completion_tokens_details, 'reasoning_tokens'),
  })
}

/** Undefined for what is no JSON object. */
export function readJson(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
