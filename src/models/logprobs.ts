import type { JSONObject, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { LogProb, TokenLogProb } from '../common/log-prob.ts'
import { wholeValue } from './whole-characters.ts'

/** The most that can be asked for. */
const maxTop = 20

/** How many of the most probable tokens are asked for beside each token. Undefined where no probabilities are. */
export function askedLogprobs({ providerOptions }: LanguageModelV4CallOptions): number | undefined {
  const count = providerOptions?.['openai']?.['logprobs']
  return typeof count === 'number' ? count : undefined
}

type TextDelta = Extract<LanguageModelV4StreamPart, { type: 'text-delta' }>

/** A piece of text with the probabilities of its tokens. */
export const withLogprobs = (part: TextDelta, logprobs: LogProb[]): TextDelta => ({
  ...part,
  providerMetadata: {
    ...part.providerMetadata,
    threadmill: { logprobs: logprobs as unknown as JSONObject[] },
  },
})

/** Those that a part has. Undefined where there are none. */
export const logprobsOf = (part: LanguageModelV4StreamPart): LogProb[] | undefined =>
  part.type === 'text-delta'
    ? (part.providerMetadata?.['threadmill']?.['logprobs'] as LogProb[] | undefined)
    : undefined

/** Reads those of a provider, which writes them as OpenAI does. What is none is left out. */
export const readLogprobs = (given: unknown): LogProb[] =>
  listOf(given).flatMap((one) => {
    const { top_logprobs: top } = Object(one) as { top_logprobs?: unknown }
    return readToken(one).map((token) => ({
      ...token,
      top_logprobs: listOf(top).slice(0, maxTop).flatMap(readToken),
    }))
  })

function readToken(given: unknown): TokenLogProb[] {
  const { token, logprob, bytes } = Object(given) as { token?: unknown; logprob?: unknown; bytes?: unknown }
  if (typeof token !== 'string' || typeof logprob !== 'number') return []
  const known = listOf(bytes).filter((byte) => typeof byte === 'number')
  return [wholeValue({ token, logprob, bytes: Array.isArray(bytes) ? known : bytesOf(token) })]
}

export const bytesOf = (token: string): number[] => [...Buffer.from(token)]

const listOf = (given: unknown): unknown[] => (Array.isArray(given) ? given : [])
