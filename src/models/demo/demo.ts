import { setTimeout as sleep } from 'node:timers/promises'
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider'
import { collect, streamParts, tokenUsage } from '../stream-parts.ts'
import { estimateTokens } from '../tokens.ts'

/** The owner of `demo` in the list of models. */
export const demoOwner = 'threadmill-demo (not a language model)'

/** The maximum number of pauses in one answer, so that the answer appears word by word but a long one is not slow. */
const maxPauses = 40

/**
 * The model that answers when no provider is connected. It is a small deterministic planner and says that it is not a
 * language model. `wordDelayMs` (default 5) is the pause before each of the first words that it streams, in
 * milliseconds.
 */
export function demo({ wordDelayMs = 5 }: { wordDelayMs?: number } = {}): LanguageModelV4 {
  let callNumber = 0

  async function doStream(call: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    call.abortSignal?.throwIfAborted()
    // Loaded for the first question, in the same way as the packages of providers, because most servers have a real
    // model and never need it.
    const { plan } = await import('./plan.ts')
    const turn = plan(call)
    const input = estimateTokens(JSON.stringify(call.prompt) + JSON.stringify(call.tools ?? []))

    async function* generate(signal: AbortSignal): AsyncGenerator<LanguageModelV4StreamPart> {
      let room = call.maxOutputTokens ?? Infinity
      let output = 0
      const fits = (text: string) => {
        const tokens = estimateTokens(text)
        if (tokens > room) return false
        room -= tokens
        output += tokens
        return true
      }
      let pauses = maxPauses
      const pause = async () => {
        signal.throwIfAborted()
        if (wordDelayMs && pauses-- > 0) await sleep(wordDelayMs, undefined, { signal })
      }
      let whole = true
      yield { type: 'stream-start', warnings: [] }
      yield { type: 'response-metadata', modelId: 'demo' }
      if (turn.text) {
        yield { type: 'text-start', id: 'text' }
        for (const word of turn.text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
          await pause()
          whole = fits(word)
          if (!whole) break
          yield { type: 'text-delta', id: 'text', delta: word }
        }
        yield { type: 'text-end', id: 'text' }
      }
      for (const { name, arguments: given } of turn.calls ?? []) {
        const text = JSON.stringify(given)
        whole = whole && fits(name + text)
        if (!whole) break
        const id = `call_${(++callNumber).toString(36)}${Math.random().toString(36).slice(2, 12)}`
        yield { type: 'tool-input-start', id, toolName: name }
        for (let at = 0; at < text.length; at += 40) {
          await pause()
          yield { type: 'tool-input-delta', id, delta: text.slice(at, at + 40) }
        }
        yield { type: 'tool-input-end', id }
        yield { type: 'tool-call', toolCallId: id, toolName: name, input: text }
      }
      const unified = !whole ? 'length' : turn.calls?.length ? 'tool-calls' : 'stop'
      yield { type: 'finish', finishReason: { unified, raw: unified }, usage: tokenUsage(input, output) }
    }
    return { stream: streamParts(generate, call.abortSignal) }
  }

  return {
    specificationVersion: 'v4',
    provider: 'demo',
    modelId: 'demo',
    supportedUrls: {},
    doStream,
    doGenerate: (call) => collect(call, doStream),
  }
}
