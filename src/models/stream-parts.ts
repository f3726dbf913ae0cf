import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'

/**
 * A stream that reads from a generator. The signal of the generator is aborted by the caller's signal and also when the
 * reader cancels, so that a generator that waits for ever cannot keep a cancelled stream alive.
 */
export function streamParts(
  generate: (signal: AbortSignal) => AsyncGenerator<LanguageModelV4StreamPart>,
  outer?: AbortSignal,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = new AbortController()
  const parts = generate(outer ? AbortSignal.any([outer, reader.signal]) : reader.signal)
  return new ReadableStream({
    async pull(controller) {
      const next = await parts.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel(reason) {
      reader.abort(reason)
      await parts.return(undefined)
    },
  })
}

/** `doGenerate` by means of `doStream`: returns the whole answer at once. Throws the error that the stream reports. */
export async function collect(
  options: LanguageModelV4CallOptions,
  doStream: (options: LanguageModelV4CallOptions) => PromiseLike<LanguageModelV4StreamResult>,
): Promise<LanguageModelV4GenerateResult> {
  const { stream, request, response } = await doStream(options)
  const content: LanguageModelV4Content[] = []
  const open = new Map<string, { type: 'text' | 'reasoning'; text: string }>()
  let finishReason: LanguageModelV4FinishReason = { unified: 'other', raw: undefined }
  let usage = tokenUsage(undefined, undefined)
  for await (const part of stream) {
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const block = {
          type: part.type === 'text-start' ? ('text' as const) : ('reasoning' as const),
          text: '',
        }
        open.set(part.id, block)
        content.push(block)
        break
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const block = open.get(part.id)
        if (block) block.text += part.delta
        break
      }
      case 'tool-call':
        content.push(part)
        break
      case 'error':
        throw part.error
      case 'finish':
        ;({ finishReason, usage } = part)
    }
  }
  return {
    content,
    finishReason,
    usage,
    warnings: [],
    ...(request && { request }),
    ...(response && { response: { ...response } }),
  }
}

/** Token counts in the form of `LanguageModelV4`. Undefined for counts that the model did not report. */
export function tokenUsage(
  input: number | undefined,
  output: number | undefined,
  details: { cached?: number | undefined; reasoning?: number | undefined } = {},
): LanguageModelV4Usage {
  const { cached, reasoning } = details
  return {
    inputTokens: {
      total: input,
      noCache: input === undefined ? undefined : input - (cached ?? 0),
      cacheRead: cached,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : output - (reasoning ?? 0),
      reasoning,
    },
  }
}

/** The tokens of two answers. What one of them did not report is not known of both. */
export function addUsage(
  before: LanguageModelV4Usage | undefined,
  { inputTokens, outputTokens, raw }: LanguageModelV4Usage,
): LanguageModelV4Usage {
  if (!before) return { inputTokens, outputTokens, ...(raw && { raw }) }
  return {
    inputTokens: addCounts(before.inputTokens, inputTokens),
    outputTokens: addCounts(before.outputTokens, outputTokens),
  }
}

const addCounts = <Counts extends Record<string, number | undefined>>(one: Counts, other: Counts): Counts =>
  Object.fromEntries(
    Object.entries(one).map(([name, count]) => {
      const more = other[name]
      return [name, count === undefined || more === undefined ? undefined : count + more]
    }),
  ) as Counts
