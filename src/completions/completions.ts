import { text } from 'node:stream/consumers'
import type { ChatCompletionRequest, TranslatedChatRequest } from '../contract/chat-completions.ts'
import { toEmbeddings, type EmbeddingsRequest, type TextEmbeddingsRequest } from '../contract/embeddings.ts'
import type { RunTrace, RunUsage } from '../contract/runs.ts'
import { invalid } from '../errors/errors.ts'
import type { AnswerRoom } from '../models/answer-room.ts'
import type { CallerParameters } from '../models/caller-options.ts'
import type { ModelRegistry, ServedModel } from '../models/model.ts'
import { passOn } from '../models/pass-on.ts'
import { estimateTokens } from '../models/tokens.ts'
import { EmbeddingFailure, tokensRead, type Embedder } from '../search/embedder.ts'
import { forwardedAnswer, forwardedEvents, readJson } from './forward.ts'
import { refusalOf } from './refuse.ts'
import { translatedAnswer, translatedEvents } from './translate.ts'

/** An answer: JSON as a provider has sent it, an object of ours, or the events of a stream without the last one. */
export type Completed = { json: string } | { object: object } | { events: AsyncGenerator<string> }

/** Who asks, for whoever traces. */
export interface CompletionOrigin {
  project: string
  /** What the caller's headers say of a trace. */
  trace?: RunTrace | undefined
}

export interface ChatCall {
  request: ChatCompletionRequest
  /** The same request checked for a model that does not speak the wire. Throws the wire's error. */
  translated: () => TranslatedChatRequest
  origin: CompletionOrigin
  /** What is told of the caller where the request is not his own, which is translated for every model then. */
  caller?: CallerParameters | undefined
  /** For the provider. */
  headers?: Record<string, string>
  signal: AbortSignal
  /** How long the answer may become, where it is a stream without a maximum. */
  room?: AnswerRoom | undefined
  /** Told once of what was used, also of an answer that is broken off. */
  used: (usage: RunUsage) => void
}

export interface EmbeddingsCall {
  request: EmbeddingsRequest
  translated: () => TextEmbeddingsRequest
  origin: CompletionOrigin
  headers?: Record<string, string>
  signal: AbortSignal
  used: (tokens: number) => void
}

/** Requests for models themselves, without a run. Each resolves with undefined when no model has the name. */
export interface Completions {
  chat(call: ChatCall): Promise<Completed | undefined>
  embed(call: EmbeddingsCall): Promise<Completed | undefined>
}

/** Names of OpenAI's models for embeddings lead to the model of file search, as those for chat lead to what is connected. */
const wellKnown = /^text-embedding-/

export function createCompletions({
  models,
  embedder,
}: {
  models: Pick<ModelRegistry, 'resolve' | 'embeddings'>
  /** The model of file search, when there is one. */
  embedder: () => Embedder | undefined
}): Completions {
  return {
    async chat(call) {
      const served = await models.resolve(call.request.model)
      if (!served) return undefined
      try {
        return await chatWith(served, call)
      } catch (error) {
        call.signal.throwIfAborted()
        throw refusalOf(error, served.name)
      }
    },
    async embed({ request, translated, headers, signal, used }) {
      const { model } = request
      const wire = models.embeddings(model)
      if (wire) {
        try {
          const json = await text(await passOn(wire, '/embeddings', { body: request, headers }, signal))
          const { usage } = readJson(json) ?? {}
          const said = (usage as { prompt_tokens?: unknown } | undefined)?.prompt_tokens
          used(tokensRead(said, [JSON.stringify(request.input)]))
          return { json }
        } catch (error) {
          signal.throwIfAborted()
          throw refusalOf(error, `${wire.provider}/${wire.modelId}`)
        }
      }
      const own = embedder()
      if (!own || (model !== own.name && !wellKnown.test(model))) return undefined
      return { object: await embedWith(own, translated(), signal, used) }
    },
  }
}

async function chatWith(
  served: ServedModel,
  { request, translated, caller, headers, signal, room, used }: ChatCall,
): Promise<Completed> {
  const { wire } = served
  if (wire && !caller) {
    const forwarding = { wire, request, headers, signal, room, used }
    return request.stream
      ? { events: failing(await forwardedEvents(forwarding), { served, signal }) }
      : { json: await forwardedAnswer(forwarding) }
  }
  const translation = { served, request: translated(), caller, headers, signal, room, used }
  if (!request.stream) return { object: await translatedAnswer(translation) }
  const events = translatedEvents(translation)
  // What the model refuses is an answer with its own status, so the first event is waited for.
  const first = await events.next()
  return { events: failing(startingWith(first, events), { served, signal, ours: true }) }
}

async function* startingWith(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  try {
    if (!first.done) yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** A stream that breaks ends with the error as an event. One of ours ends with `[DONE]`; a provider sends that by itself. */
async function* failing(
  events: AsyncGenerator<string>,
  { served, signal, ours = false }: { served: ServedModel; signal: AbortSignal; ours?: boolean },
): AsyncGenerator<string> {
  try {
    yield* events
    if (ours) yield 'data: [DONE]\n\n'
  } catch (error) {
    const reason: unknown = signal.aborted ? signal.reason : error
    yield `data: ${JSON.stringify(refusalOf(reason, served.name).body())}\n\n`
  } finally {
    await events.return(undefined)
  }
}

async function embedWith(
  embedder: Embedder,
  { model, input, encoding_format, dimensions }: TextEmbeddingsRequest,
  signal: AbortSignal,
  used: (tokens: number) => void,
) {
  if (dimensions !== undefined && embedder.dimensions !== undefined && dimensions !== embedder.dimensions)
    throw invalid(
      `Invalid 'dimensions': the model of this server has ${embedder.dimensions}, but got ${dimensions} instead.`,
      'dimensions',
      'invalid_value',
    )
  const texts = typeof input === 'string' ? [input] : input
  let tokens = 0
  try {
    const vectors: Float32Array[] = []
    for (let at = 0; at < texts.length; at += embedder.maxBatch) {
      const batch = texts.slice(at, at + embedder.maxBatch)
      vectors.push(...(await embedder.embed(batch, 'document', signal, (read) => (tokens += read))))
    }
    tokens ||= texts.reduce((sum, one) => sum + estimateTokens(one), 0)
    return toEmbeddings(vectors, { model, tokens, base64: encoding_format === 'base64' })
  } catch (error) {
    if (!(error instanceof EmbeddingFailure)) throw error
    throw error.refusesText ? invalid(error.message, 'input') : refusalOf(error, embedder.name)
  } finally {
    if (tokens > 0) used(tokens)
  }
}
