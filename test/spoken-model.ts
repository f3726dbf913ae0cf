import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { scripted } from '../src/models/scripted.ts'
import { streamParts, tokenUsage } from '../src/models/stream-parts.ts'

type Parts = AsyncGenerator<LanguageModelV4StreamPart>

/** A model that says what a generator yields, which may wait in the middle for what a test does. */
export function spoken(answer: (call: LanguageModelV4CallOptions, index: number) => Parts) {
  const model = scripted([])
  return {
    ...model,
    doStream: async (call: LanguageModelV4CallOptions) => {
      const index = model.calls.push(call) - 1
      const parts = (abortSignal: AbortSignal) => answer({ ...call, abortSignal }, index)
      return { stream: streamParts(parts, call.abortSignal) }
    },
  }
}

export async function* thought(text: string, wait?: Promise<unknown>): Parts {
  yield { type: 'reasoning-start', id: 'r' }
  yield { type: 'reasoning-delta', id: 'r', delta: text }
  await wait
  yield { type: 'reasoning-end', id: 'r' }
}

export async function* said(text: string, wait?: Promise<unknown>): Parts {
  yield { type: 'text-start', id: 't' }
  yield { type: 'text-delta', id: 't', delta: text }
  await wait
  yield { type: 'text-end', id: 't' }
}

export async function* called(name: string, id = `call_${name}`, wait?: Promise<unknown>): Parts {
  yield { type: 'tool-input-start', id, toolName: name }
  await wait
  yield { type: 'tool-input-delta', id, delta: '{}' }
  yield { type: 'tool-input-end', id }
  yield { type: 'tool-call', toolCallId: id, toolName: name, input: '{}' }
}

export async function* finished(unified: 'stop' | 'tool-calls' | 'length' = 'stop'): Parts {
  yield { type: 'finish', finishReason: { unified, raw: unified }, usage: tokenUsage(22, 18) }
}
