import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../models/broken-answer.ts'
import type { ServedModel } from '../models/model.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * The parts of a model's answer until the signal is aborted, whether or not the model heeds it. Throws the signal's
 * reason, a `BrokenAnswer` where the model sends nothing in time, and what the model throws.
 */
export async function* readAnswer(
  { model, firstByteMs }: ServedModel,
  options: LanguageModelV4CallOptions,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart, void> {
  const silence = new AbortController()
  const text = `sent nothing for ${firstByteMs / 1_000} seconds`
  const timer = setTimeout(() => silence.abort(new BrokenAnswer(text, { silent: true })), firstByteMs)
  const either = AbortSignal.any([signal, silence.signal])
  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined
  try {
    const { stream } = await unlessAborted(model.doStream({ ...options, abortSignal: either }), either)
    reader = stream.getReader()
    for (;;) {
      const { done, value } = await unlessAborted(reader.read(), either)
      if (done) return
      // The only part that does not come from the provider.
      if (value.type !== 'stream-start') clearTimeout(timer)
      yield value
    }
  } finally {
    clearTimeout(timer)
    // Not awaited: a provider that hangs would hang here too.
    reader?.cancel().catch(() => {})
  }
}
