import type { RunUsage } from '../contract/runs.ts'
import { ApiError } from '../errors/errors.ts'
import { newChatCompletionId } from '../common/ids.ts'
import type { CompletionWork, Observer } from '../telemetry/observer.ts'
import type { Completed, CompletionOrigin, Completions } from './completions.ts'

interface Names {
  look(model: string): { name: string; provider: string } | undefined
  embeddings(model: string): { provider: string; modelId: string } | undefined
}

/** The same completions, of which the observer is told when each is over, and whose providers are told of the trace. */
export function observeCompletions(completions: Completions, observer: Observer, names: Names): Completions {
  if (!observer.traces) return completions
  const begin = (operation: CompletionWork['operation'], model: string, origin: CompletionOrigin) => {
    const found = operation === 'chat' ? names.look(model) : undefined
    const wire = operation === 'embeddings' ? names.embeddings(model) : undefined
    const { project, trace } = origin
    return {
      id: newChatCompletionId(),
      operation,
      project,
      trace,
      provider: found?.provider ?? wire?.provider ?? 'threadmill',
      model: found?.name ?? (wire ? `${wire.provider}/${wire.modelId}` : model),
      started_at: Date.now(),
    }
  }
  return {
    async chat(call) {
      const work = begin('chat', call.request.model, call.origin)
      let usage: RunUsage | undefined
      const observed = {
        ...call,
        headers: observer.headersForCompletion?.(work) ?? {},
        used(said: RunUsage) {
          usage = said
          call.used(said)
        },
      }
      const end = (more: { first_token_at?: number; error?: string } = {}) =>
        observer.completionEnded?.({ ...work, ...more, ended_at: Date.now(), usage })
      const stream = call.request.stream === true
      return ending(() => completions.chat(observed), end, stream)
    },
    async embed(call) {
      const work = begin('embeddings', call.request.model, call.origin)
      let tokens = 0
      const observed = {
        ...call,
        headers: observer.headersForCompletion?.(work) ?? {},
        used(said: number) {
          tokens = said
          call.used(said)
        },
      }
      const end = (more: { error?: string } = {}) =>
        observer.completionEnded?.({
          ...work,
          ...more,
          ended_at: Date.now(),
          usage: { prompt_tokens: tokens, completion_tokens: 0 },
        })
      return ending(() => completions.embed(observed), end, false)
    },
  }
}

type End = (more?: { first_token_at?: number; error?: string }) => void

async function ending(
  work: () => Promise<Completed | undefined>,
  end: End,
  stream: boolean,
): Promise<Completed | undefined> {
  try {
    const completed = await work()
    if (completed && 'events' in completed && stream) return { events: endingEvents(completed.events, end) }
    if (completed) end()
    return completed
  } catch (error) {
    end({ error: (error instanceof ApiError && error.code) || '_OTHER' })
    throw error
  }
}

async function* endingEvents(events: AsyncGenerator<string>, end: End): AsyncGenerator<string> {
  let first: number | undefined
  let error: string | undefined
  try {
    for await (const event of events) {
      first ??= Date.now()
      // A stream that breaks ends with the error as an event.
      if (event.startsWith('data: {"error"')) error = '_OTHER'
      yield event
    }
  } finally {
    end({ ...(first !== undefined && { first_token_at: first }), ...(error !== undefined && { error }) })
  }
}
