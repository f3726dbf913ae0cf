import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { BrokenAnswer } from '../models/broken-answer.ts'
import type { ServedModel } from '../models/model.ts'
import { unlessAbortedEach } from './unless-aborted.ts'

const ended = Symbol('nothing more is read of the answer')

/**
 * Yields the parts of a model's answer until the signal is aborted, even when the model ignores the signal. Throws the
 * reason of the signal, a `BrokenAnswer` when the model sends nothing for too long, and whatever the model throws. Ends when
 * `enough` is aborted.
 */
export async function* readAnswer(
  { model, firstByteMs }: ServedModel,
  options: LanguageModelV4CallOptions,
  signal: AbortSignal,
  enough: AbortSignal,
): AsyncGenerator<LanguageModelV4StreamPart, void> {
  // One controller serves both the caller's signal and the timeout, because `AbortSignal.any` costs more than reading a
  // whole short answer.
  const stopped = new AbortController()
  const stop = () => stopped.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const end = () => stopped.abort(ended)
  enough.addEventListener('abort', end, { once: true })
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
      // `stream-start` is the only part that does not come from the provider, so it does not count as an answer.
      if (!heard && value.type !== 'stream-start') {
        heard = true
        clearTimeout(timer)
      }
      yield value
    }
  } catch (error) {
    if (error !== ended) throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    enough.removeEventListener('abort', end)
    // This is not awaited: a provider that hangs would make this function hang too.
    reader?.cancel().catch(() => {})
  }
}
