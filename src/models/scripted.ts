import { setTimeout as sleep } from 'node:timers/promises'
import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Prompt,
  type LanguageModelV4StreamPart,
  type LanguageModelV4StreamResult,
} from '@ai-sdk/provider'
import { checkScript, checkTurn } from './check-script.ts'
import { collect, streamParts, tokenUsage } from './stream-parts.ts'
import { askedLogprobs, bytesOf, withLogprobs } from './logprobs.ts'
import { playPart, textOfParts, type ScriptedPart } from './scripted-parts.ts'
import type { ScriptedError, ScriptedToolCall, ScriptedTurn } from './scripted-turn.ts'
import { estimateTokens } from './tokens.ts'

export type { ScriptedError, ScriptedPart, ScriptedToolCall, ScriptedTurn }

/** The turns in order, or a function that writes the turn for a prompt. `callIndex` counts from 0. */
export type Script =
  | ScriptedTurn[]
  | ((prompt: LanguageModelV4Prompt, callIndex: number) => ScriptedTurn | Promise<ScriptedTurn>)

export interface ScriptedModel extends LanguageModelV4 {
  /** The options of each call, in order. */
  readonly calls: LanguageModelV4CallOptions[]
  /** How many calls were aborted, or had their stream cancelled, before the end of the turn. */
  readonly aborted: number
}

/**
 * A model that plays prepared turns, for testing assistants without a provider. A call beyond the last turn fails with
 * an error that says so, because a test that asks more often than it planned should not pass. A script that cannot be
 * played is refused with a TypeError, so that a misspelt field does not become an empty answer.
 *
 * ```ts
 * const model = scripted([
 *   { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] },
 *   { text: ['It is ', 'sunny.'], delayMs: 5 },
 * ])
 * // ... serve it, run the assistant, then:
 * assert.equal(model.calls.length, 2)
 * ```
 */
export function scripted(script: Script, options: { modelId?: string } = {}): ScriptedModel {
  checkScript(script)
  const calls: LanguageModelV4CallOptions[] = []
  let aborted = 0
  let toolCallNumber = 0

  async function doStream(call: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    call.abortSignal?.throwIfAborted()
    const index = calls.push(call) - 1
    const turn = await nextTurn(script, call.prompt, index)
    const silent = !turn.parts && !turn.text && !turn.reasoning && !turn.toolCalls
    if (turn.error && silent) {
      await pause(turn.delayMs, call.abortSignal)
      throw toError(turn.error)
    }

    async function* generate(signal: AbortSignal): AsyncGenerator<LanguageModelV4StreamPart> {
      let ended = false
      try {
        yield { type: 'stream-start', warnings: [] }
        yield { type: 'response-metadata', modelId: model.modelId }
        for (const [at, part] of (turn.parts ?? []).entries())
          yield* playPart(part, at, () => pause(turn.delayMs, signal))
        for (const [id, deltas] of reasoningOf(turn))
          yield* block('reasoning', id, deltas, turn.delayMs, signal)
        yield* block('text', 'text', pieces(turn.text), turn.delayMs, signal)
        for (const toolCall of turn.toolCalls ?? []) {
          const id = toolCall.id ?? `call_${++toolCallNumber}`
          yield* callTool(id, toolCall, turn.delayMs, signal)
        }
        if (turn.hang) await untilAborted(signal)
        if (turn.error) {
          ended = true
          yield { type: 'error', error: toError(turn.error) }
          return
        }
        const unified = turn.finishReason ?? (turn.toolCalls?.length ? 'tool-calls' : 'stop')
        ended = true
        yield { type: 'finish', finishReason: { unified, raw: unified }, usage: countTokens(turn, call) }
      } finally {
        if (!ended) aborted++
      }
    }
    const count = askedLogprobs(call)
    const stream = streamParts(generate, call.abortSignal)
    return { stream: count === undefined ? stream : stream.pipeThrough(certain(count)) }
  }

  const model: ScriptedModel = {
    specificationVersion: 'v4',
    provider: 'scripted',
    modelId: options.modelId ?? 'scripted',
    supportedUrls: {},
    calls,
    get aborted() {
      return aborted
    },
    doStream,
    doGenerate: (call) => collect(call, doStream),
  }
  return model
}

async function nextTurn(script: Script, prompt: LanguageModelV4Prompt, index: number): Promise<ScriptedTurn> {
  if (typeof script === 'function') return checkTurn(await script(prompt, index), index)
  const turn = script[index]
  if (!turn)
    throw new Error(`The script has ${script.length} turns, and the model was asked for turn ${index + 1}`)
  return turn
}

async function* block(
  kind: 'text' | 'reasoning',
  id: string,
  deltas: string[],
  delayMs: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart> {
  if (deltas.length === 0) return
  yield { type: `${kind}-start`, id }
  for (const delta of deltas) {
    await pause(delayMs, signal)
    yield { type: `${kind}-delta`, id, delta }
  }
  yield { type: `${kind}-end`, id }
}

async function* callTool(
  id: string,
  { name, arguments: given }: ScriptedToolCall,
  delayMs: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart> {
  const input = typeof given === 'string' ? given : JSON.stringify(given ?? {})
  yield { type: 'tool-input-start', id, toolName: name }
  for (let at = 0; at < input.length; at += 32) {
    await pause(delayMs, signal)
    yield { type: 'tool-input-delta', id, delta: input.slice(at, at + 32) }
  }
  yield { type: 'tool-input-end', id }
  yield { type: 'tool-call', toolCallId: id, toolName: name, input }
}

async function pause(ms: number | undefined, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  if (ms) await sleep(ms, undefined, signal && { signal })
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function pieces(text: string | string[] | undefined): string[] {
  return text === undefined ? [] : typeof text === 'string' ? [text] : text
}

/** The deltas of each block of reasoning, by its id. Parts are named as the AI SDK names them. */
function reasoningOf({ reasoning }: ScriptedTurn): [id: string, deltas: string[]][] {
  if (Array.isArray(reasoning) && reasoning.every((part) => Array.isArray(part)))
    return reasoning.map((part, at) => [`reasoning:${at}`, part])
  return [['reasoning', pieces(reasoning as string | string[] | undefined)]]
}

function countTokens(turn: ScriptedTurn, call: LanguageModelV4CallOptions) {
  if (turn.usage) return tokenUsage(turn.usage.input, turn.usage.output)
  const reasoning = estimateTokens(
    reasoningOf(turn)
      .flatMap(([, deltas]) => deltas)
      .join(''),
  )
  const answer =
    textOfParts(turn.parts ?? []) +
    pieces(turn.text).join('') +
    (turn.toolCalls ? JSON.stringify(turn.toolCalls) : '')
  return tokenUsage(estimateTokens(JSON.stringify(call.prompt)), estimateTokens(answer) + reasoning, {
    reasoning,
  })
}

function toError(error: Error | ScriptedError): Error {
  if (error instanceof Error) return error
  const { status = 500, message, retryAfterMs, code } = error
  return new APICallError({
    message,
    url: 'scripted:',
    requestBodyValues: {},
    statusCode: status,
    responseHeaders: retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs) },
    responseBody: JSON.stringify({ error: { message, ...(code && { code }) } }),
    data: { error: { message, ...(code && { code }) } },
  })
}

/** Each piece of text is a token, and there is no other in its place. */
const certain = (count: number): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> =>
  new TransformStream({
    transform(part, controller) {
      if (part.type !== 'text-delta') return controller.enqueue(part)
      const token = { token: part.delta, logprob: 0, bytes: bytesOf(part.delta) }
      controller.enqueue(withLogprobs(part, [{ ...token, top_logprobs: count > 0 ? [token] : [] }]))
    },
  })
