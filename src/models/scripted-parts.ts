import type { JSONValue, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { z } from 'zod'

/** One after the other, what providers mix in an answer: reasoning, text with its citations, calls that they run themselves. */
export type ScriptedPart =
  | { reasoning: string | string[] }
  /** An object in the list cites what was said until then. */
  | { text: string | (string | ScriptedCitation)[] }
  | { hosted: ScriptedHostedCall }

/** Indexes count from the beginning of the text. */
export interface ScriptedCitation {
  url: string
  title?: string | undefined
  start: number
  end: number
}

/** A call of a tool that the provider runs. */
export interface ScriptedHostedCall {
  id?: string | undefined
  /** `web_search` or `image_generation`. */
  name: string
  /** What comes of it, and what comes before that. */
  result?: unknown
  partials?: unknown[] | undefined
  /** The call fails. */
  isError?: boolean | undefined
  /** The call is begun and nothing comes of it. */
  isOpen?: boolean | undefined
}

const citation = z.strictObject({
  url: z.string(),
  title: z.string().optional(),
  start: z.int().min(0),
  end: z.int().min(0),
})

export const scriptedPart = z.union(
  [
    z.strictObject({ reasoning: z.union([z.string(), z.array(z.string())]) }),
    z.strictObject({ text: z.union([z.string(), z.array(z.union([z.string(), citation]))]) }),
    z.strictObject({
      hosted: z.strictObject({
        id: z.string().optional(),
        name: z.string(),
        result: z.unknown().optional(),
        partials: z.array(z.unknown()).optional(),
        isError: z.boolean().optional(),
        isOpen: z.boolean().optional(),
      }),
    }),
  ],
  'must have one of reasoning, text and hosted',
)

/** Plays one of them. `at` is its number in the turn, and `pause` waits before each piece. */
export async function* playPart(
  part: ScriptedPart,
  at: number,
  pause: () => Promise<void>,
): AsyncGenerator<LanguageModelV4StreamPart> {
  if ('hosted' in part) return yield* playHosted(part.hosted, at, pause)
  const kind = 'reasoning' in part ? 'reasoning' : 'text'
  const given: string | (string | ScriptedCitation)[] = 'reasoning' in part ? part.reasoning : part.text
  const id = `${kind}-${at}`
  yield { type: `${kind}-start`, id }
  for (const piece of typeof given === 'string' ? [given] : given) {
    await pause()
    if (typeof piece === 'string') yield { type: `${kind}-delta`, id, delta: piece }
    else yield source(piece, `source-${at}`)
  }
  yield { type: `${kind}-end`, id }
}

const source = (
  { url, title = '', start, end }: ScriptedCitation,
  id: string,
): LanguageModelV4StreamPart => ({
  type: 'source',
  sourceType: 'url',
  id,
  url,
  title,
  providerMetadata: { scripted: { startIndex: start, endIndex: end } },
})

async function* playHosted(
  { id, name: toolName, result = {}, partials = [], isError, isOpen }: ScriptedHostedCall,
  at: number,
  pause: () => Promise<void>,
): AsyncGenerator<LanguageModelV4StreamPart> {
  const toolCallId = id ?? `hosted-${at}`
  yield { type: 'tool-input-start', id: toolCallId, toolName, providerExecuted: true }
  yield { type: 'tool-input-end', id: toolCallId }
  yield { type: 'tool-call', toolCallId, toolName, input: '{}', providerExecuted: true }
  for (const partial of partials) {
    await pause()
    yield { type: 'tool-result', toolCallId, toolName, result: jsonOf(partial), preliminary: true }
  }
  if (isOpen) return
  await pause()
  yield { type: 'tool-result', toolCallId, toolName, result: jsonOf(result), ...(isError && { isError }) }
}

const jsonOf = (value: unknown) => value as NonNullable<JSONValue>

/** What was said in parts, from which the usage is estimated. */
export const textOfParts = (parts: readonly ScriptedPart[]): string =>
  parts
    .flatMap((part) => ('text' in part ? part.text : []))
    .filter((piece) => typeof piece === 'string')
    .join('')
