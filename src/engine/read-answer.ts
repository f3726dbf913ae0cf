import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../models/broken-answer.ts'
import type { ServedModel } from '../models/model.ts'
import { unlessAbortedEach } from './unless-aborted.ts'

/**
 * The parts of a model's answer until the signal is aborted, whether or not the model heeds it. Throws the signal's
 * reason, a `BrokenAnswer` where the model sends nothing in time, and what the model throws.
 */
export async function* readAnswer(
  { model, firstByteMs }: ServedModel,
  options: LanguageModelV4CallOptions,
  signal: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart, void> {
  // One for the caller's reason and for silence: `AbortSignal.any` costs more than the whole reading of a short answer.
  const stopped = new AbortController()
  const stop = () => stopped.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const text = `sent nothing for ${firstByteMs / 1_000} seconds`
  const timer = setTimeout(() => stopped.abort(new BrokenAnswer(text, { silent: true })), firstByteMs)
  using each = unlessAbortedEach(stopped.signal)
  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined
  try {
    const asked = model.doStream({ ...options, abortSignal: stopped.signal })
    const { stream } = await each.wait(Promise.resolve(asked))
    reader = stream.getReader()
    for (let heard = false; ;) {
      const { done, value } = await each.wait(reader.read())
      if (done) return
      // The only part that does not come from the provider.
      if (!heard && value.type !== 'stream-start') {
        heard = true
        clearTimeout(timer)
      }
      yield value
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    // Not awaited: a provider that hangs would hang here too.
    reader?.cancel().catch(() => {})
  }
}
